/** `text` without what stands before the `@` of a URL: nobody who reads of an address needs its password. */
export function hidePasswords(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi, '$1...@')
}
