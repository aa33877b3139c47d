// @ts-check
// What is in a file that was dropped, and what it is if it is no file.
import { codeOf } from './disk.mjs'
import { maxBytes, readSmall } from './own-file.mjs'

/**
 * What a file has in it, or what is wrong with that.
 * @param {string} path
 * @returns {{ value: Record<string, unknown>, text: string, fault?: undefined } | { value?: undefined, text?: undefined, fault: string }}
 */
export function contentOf(path) {
  try {
    const bytes = readSmall(path)
    if (!bytes) return { fault: `It is larger than ${maxBytes / 1_000_000} MB, which a token is never.` }
    if (bytes.length === 0) return { fault: 'It is empty.' }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? { value, text } : { fault: 'It is JSON, but no object with fields.' }
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { fault: 'It is no text in UTF-8.' }
    if (error instanceof SyntaxError) return { fault: `It is not JSON: ${error.message}.` }
    return { fault: `It cannot be read: ${Object(error).message}.` }
  }
}

/**
 * What is there that is no plain file.
 * @param {import('node:fs').Stats} stats
 */
export function kindOf(stats) {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  return stats.isFIFO() ? 'a FIFO' : 'a device or a socket'
}
