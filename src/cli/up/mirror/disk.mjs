// @ts-check
// Small steps on disk, of which none is refused because it was done before.
import { lstatSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs'

/**
 * Makes a folder, for its owner only, unless it is there. Throws for a link, which would lead elsewhere.
 * @param {string} path
 */
export function makeFolder(path) {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (!isFolder(path)) throw new Error(`${path} is a link, and has to be a folder; remove it.`)
}

/** @param {string} path */
export function isFolder(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/**
 * Removes a file. Returns false where a folder is in its place. Mostly nothing is there, and to look first costs less than an error.
 * @param {string} path
 */
export function removeFile(path) {
  if (!lstatSync(path, { throwIfNoEntry: false })) return true
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    if (isFolder(path)) return false
    throw error
  }
}

/**
 * Removes a folder, unless others have put something into it.
 * @param {string} path
 */
export function removeEmpty(path) {
  try {
    rmdirSync(path)
  } catch {
    // It stays.
  }
}

/**
 * The code of an error of the file system.
 * @param {unknown} error
 * @returns {unknown}
 */
export function codeOf(error) {
  return Object(error).code
}
