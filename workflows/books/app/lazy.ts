/** Something that is opened when it is first asked for, and closed only if it was. */
export function lazy<T>(open: () => T): { readonly get: () => T; readonly opened: () => T | undefined } {
  let opened: T | undefined
  return { get: () => (opened ??= open()), opened: () => opened }
}
