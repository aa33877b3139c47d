// Control characters, line and paragraph separators, and what turns the direction of text around.
const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `text` on one line, with escapes for all that could steer a terminal. */
export function escapeControls(text: string): string {
  return text.replace(
    controls,
    (char) => short[char] ?? `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
}
