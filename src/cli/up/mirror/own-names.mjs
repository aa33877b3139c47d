// @ts-check
// Which files in the first folder are ours, as they were written here: by that one is known from one that was dropped.
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { isOwn } from './own-file.mjs'

/** The names of our files in a folder into which others put files. */
export class OwnNames {
  #folder
  /**
   * Their prints.
   * @type {Map<string, string>}
   */
  #prints = new Map()
  #checking = this.#prints.entries()

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder
  }

  /** @param {string} name */
  has(name) {
    return this.#prints.has(name)
  }

  /**
   * Takes the file of that name, if there is one, for one of ours.
   * @param {string} name
   */
  add(name) {
    const stats = this.#look(name)
    if (stats) this.#prints.set(name, printOf(stats))
  }

  /** @param {string} name */
  delete(name) {
    this.#prints.delete(name)
  }

  /**
   * Whether that name is free, or has a file of ours. What was dropped is not touched: it is looked at by itself, and moved away.
   * @param {string} name
   */
  isFree(name) {
    const stats = this.#look(name)
    if (!stats || this.#prints.get(name) === printOf(stats)) return true
    if (stats.isFile() && isOwn(join(this.#folder, name))) return true
    this.#prints.delete(name)
    return false
  }

  /**
   * Looks at the next `count` of them, all in turn. Returns whether others have written over some: these are not ours any more.
   * @param {number} count
   */
  lostSome(count) {
    let lost = false
    for (let left = Math.min(count, this.#prints.size); left > 0; left--) {
      const [name, print] = this.#next()
      const stats = this.#look(name)
      if (stats && printOf(stats) === print) continue
      this.#prints.delete(name)
      if (stats) lost = true
    }
    return lost
  }

  /** @returns {readonly [string, string]} */
  #next() {
    const next = this.#checking.next()
    if (!next.done) return next.value
    this.#checking = this.#prints.entries()
    return this.#checking.next().value ?? ['', '']
  }

  #look(/** @type {string} */ name) {
    return lstatSync(join(this.#folder, name), { throwIfNoEntry: false })
  }
}

/**
 * By what it is seen that a file is another one, or was written to.
 * @param {import('node:fs').Stats} stats
 */
export function printOf({ ino, size, ctimeMs }) {
  return `${ino}/${size}/${ctimeMs}`
}
