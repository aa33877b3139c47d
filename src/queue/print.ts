import type { Cause } from './change.ts'

const maxLength = 200
const uncertain = '*'

/**
 * The class of a fault: its name and code, and its message less what differs from token to token: numbers, words with digits,
 * paths, addresses, and the `id` of the token. One line of at most 200 characters.
 */
export function printOf(
  { name, code, message }: Pick<Cause, 'name' | 'code' | 'message'>,
  id?: string,
): string {
  const said = id === undefined ? message : withoutId(message, id)
  const plain = said
    .replace(/\w+:\/\/[^\s'"`<>]+/g, uncertain)
    .replace(/(?:\b[A-Za-z]:)?[\\/]?[^\s'"`<>|,;:()[\]{}\\/]*[\\/][^\s'"`<>|,;:()[\]{}]*/g, uncertain)
    .replace(/[\p{L}\p{M}\w-]*\p{N}[\p{L}\p{M}\p{N}\w-]*(?:[.,:]\p{N}+)*/gu, uncertain)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/\*(?:[ ,.;:+-]*\*)+/g, uncertain)
  const whole = `${name}${code === undefined ? '' : ` ${code}`}: ${plain.trim()}`
  return [...whole.replace(/[\p{Cc}\p{Cs}]/gu, ' ')].slice(0, maxLength).join('').trim()
}

// A short id may be a word of the sentence: then it is one only in quotes.
function withoutId(message: string, id: string): string {
  if (id.length >= 4) return message.replaceAll(id, uncertain)
  return ['"', "'", '`'].reduce((text, quote) => text.replaceAll(quote + id + quote, uncertain), message)
}
