// @ts-check
// Files that others may have put where they are: what is read is a plain file, of a size, and is not waited for.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** How large a file may be that is read, in bytes. */
export const maxBytes = 1_000_000

// A symbolic link is not followed, and a FIFO not waited for.
const flags =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * The bytes of a plain file of `maxBytes` at most, and undefined for anything else that is there. Throws if it cannot be opened.
 * @param {string} path
 * @returns {Buffer | undefined}
 */
export function readSmall(path) {
  const file = openSync(path, flags)
  try {
    const stats = fstatSync(file)
    return stats.isFile() && stats.size <= maxBytes ? readFileSync(file) : undefined
  } finally {
    closeSync(file)
  }
}

/**
 * What a file of a mirror says of its token; undefined if `value` is not what such a file has.
 * @param {unknown} value
 * @returns {{ readonly id: string, readonly queue: string } | undefined}
 */
export function ownFacts(value) {
  const { id, queue, hop, status, since } = Object(value)
  const isOwn = [id, queue, status, since].every((each) => typeof each === 'string') && Number.isInteger(hop)
  return isOwn ? { id, queue } : undefined
}

/**
 * Whether the file at `path` was written by a mirror, or has nothing in it, as after a power cut.
 * @param {string} path
 * @returns {boolean}
 */
export function isOwn(path) {
  try {
    const bytes = readSmall(path)
    if (!bytes) return false
    return bytes.length === 0 || ownFacts(JSON.parse(bytes.toString())) !== undefined
  } catch {
    return false
  }
}
