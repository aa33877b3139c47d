// @ts-check
// The names of the files of tokens. An id may have any characters; a name has only those that every file system takes.
import { createHash } from 'node:crypto'

const longest = 200
const kept = 150

/** With what each name of a token's file ends. */
export const ending = '.json'

/**
 * The name of the file of the token `id`. Others than letters, digits, `_`, `.` and `-`, and a leading dot, are written as in a URL.
 * Of a long one the beginning is left, and behind `~` its hash. So where the file system takes `A` and `a` for the same
 * (`ignoresCase`) and the id has a capital.
 * @param {string} id
 * @param {boolean} [ignoresCase]
 * @returns {string}
 */
export function fileNameOf(id, ignoresCase = false) {
  const plain = encoded(id)
  const isUnsafe = ignoresCase && /[A-Z]/.test(plain.replaceAll(/%../g, ''))
  if (plain.length <= longest && !isUnsafe) return `${plain}${ending}`
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 32)
  return `${plain.slice(0, kept).replace(/%.?$/, '')}~${hash}${ending}`
}

/**
 * The id that is meant by the name of a file that a person has made: what `fileNameOf` has written, or any other.
 * @param {string} name
 * @returns {string}
 */
export function idOfName(name) {
  const plain = name.slice(0, -ending.length)
  try {
    const id = decodeURIComponent(plain)
    return encoded(id) === plain ? id : plain
  } catch {
    return plain
  }
}

/** @param {string} id */
function encoded(id) {
  const byte = (/** @type {number} */ each) => `%${each.toString(16).toUpperCase().padStart(2, '0')}`
  return id.replaceAll(/[^\w.-]+/g, (odd) => [...Buffer.from(odd)].map(byte).join('')).replace(/^\./, '%2E')
}
