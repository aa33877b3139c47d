// @ts-check
// Files that are dropped into the first folder of a mirror. One that is whole, which is when it is JSON, is moved out of sight before
// it is read for good, so that what enters is what is there; it is kept until it has entered or was refused.
import { existsSync, lstatSync, readdirSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { contentOf, kindOf } from './content.mjs'
import { ending, fileNameOf } from './names.mjs'
import { ownFacts } from './own-file.mjs'
import { printOf } from './own-names.mjs'
import { setAside } from './set-aside.mjs'

/**
 * @typedef {object} Drop a file that is to enter
 * @property {string} name
 * @property {string} text of JSON, an object; parsed where it is used, as what is nested deeply cannot be sent from thread to thread
 *
 * @typedef {object} Refusal a file that was set aside, and why
 * @property {string} name
 * @property {string} reason
 *
 * @typedef {object} Found
 * @property {readonly Drop[]} drops
 * @property {readonly Refusal[]} refused
 * @property {readonly string[]} copies ids of tokens whose own files were found or moved here
 * @property {boolean} more whether there are more
 */

// Others may still be writing to what is no JSON yet.
const patienceMs = 2000
const atOnce = 500
// A file that is copied over one of ours changes nothing about the folder.
const checkedAtOnce = 200
// A look at a folder of 100,000 files must not become the main work.
const restFactor = 20

/** What is dropped into the first folder of a shelf. */
export class Drops {
  /** @type {import('./shelf.mjs').Shelf} */
  #shelf
  #seenAt = -1
  #again = true
  #restsUntil = 0
  /**
   * What is not whole yet, by name: how it was, and since when.
   * @type {Map<string, { readonly print: string, readonly since: number }>}
   */
  #unsettled = new Map()
  /**
   * What cannot be moved away.
   * @type {Set<string>}
   */
  #stuck = new Set()

  /** @param {import('./shelf.mjs').Shelf} shelf */
  constructor(shelf) {
    this.#shelf = shelf
  }

  /**
   * Takes out what is whole, sets aside what never will be, and returns what was found. `now` is in milliseconds, elapsed.
   * @param {number} now
   * @returns {Found}
   */
  look(now) {
    /** @type {{ drops: Drop[], refused: Refusal[], copies: string[], more: boolean }} */
    const found = { drops: [], refused: [], copies: [], more: false }
    if (this.#shelf.own.lostSome(checkedAtOnce)) this.#again = true
    if (now >= this.#restsUntil && this.#hasChanged()) {
      const startedAt = performance.now()
      const names = this.#dropped()
      this.#restsUntil = now + restFactor * (performance.now() - startedAt)
      for (const name of names.slice(0, atOnce)) this.#tryTake(name, now, found)
      found.more = names.length > atOnce
      if (found.more) {
        this.#restsUntil = 0
        this.#again = true
      }
    }
    for (const name of readdirSync(this.#shelf.taken).slice(0, atOnce)) this.#read(name, found)
    return found
  }

  /**
   * Ends with a file that `look` has returned: it has entered, or is set aside with the `reason`.
   * @param {{ readonly name: string, readonly reason?: string | undefined }} settled
   */
  settle({ name, reason }) {
    const path = join(this.#shelf.taken, name)
    if (reason === undefined) unlinkSync(path)
    else this.#setAside(path, name, reason)
  }

  // A folder whose time has changed is looked at twice: what came within the same tick of the clock is not missed.
  #hasChanged() {
    const { mtimeMs } = statSync(this.#shelf.first)
    const isSeen = mtimeMs === this.#seenAt
    const isDue = !isSeen || this.#again || this.#unsettled.size > 0
    this.#seenAt = mtimeMs
    this.#again = !isSeen
    return isDue
  }

  #dropped() {
    const names = readdirSync(this.#shelf.first).filter(
      (name) => name.endsWith(ending) && !name.startsWith('.') && !this.#shelf.own.has(name),
    )
    const isThere = new Set(names)
    for (const seen of [this.#unsettled, this.#stuck])
      for (const name of seen.keys()) if (!isThere.has(name)) seen.delete(name)
    return names.filter((name) => !this.#stuck.has(name))
  }

  // One that cannot be moved must not keep the others out.
  #tryTake(
    /** @type {string} */ name,
    /** @type {number} */ now,
    /** @type {{ refused: Refusal[], copies: string[] }} */ found,
  ) {
    try {
      this.#take(name, now, found)
    } catch (error) {
      this.#stuck.add(name)
      found.refused.push({ name, reason: `It cannot be moved away: ${Object(error).message}.` })
    }
  }

  #take(
    /** @type {string} */ name,
    /** @type {number} */ now,
    /** @type {{ refused: Refusal[], copies: string[] }} */ found,
  ) {
    const path = join(this.#shelf.first, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats) return
    const refuse = (/** @type {string} */ reason) => {
      this.#unsettled.delete(name)
      this.#setAside(path, name, reason)
      found.refused.push({ name, reason })
    }
    if (!stats.isFile()) return refuse(`It is ${kindOf(stats)}, and no plain file.`)
    const { value, fault } = contentOf(path)
    const own = ownFacts(value)
    if (own) {
      found.copies.push(own.id)
      const isHere = own.queue === this.#shelf.queue && fileNameOf(own.id, this.#shelf.ignoresCase) === name
      return isHere ? this.#shelf.own.add(name) : refuse(copySentence(own.id))
    }
    if (fault === undefined) {
      const taken = join(this.#shelf.taken, name)
      this.#unsettled.delete(name)
      // The one before it waits for the database.
      if (!existsSync(taken)) renameSync(path, taken)
      return
    }
    const print = printOf(stats)
    const before = this.#unsettled.get(name)
    if (before?.print !== print) this.#unsettled.set(name, { print, since: now })
    else if (now - before.since >= patienceMs) refuse(fault)
  }

  #read(/** @type {string} */ name, /** @type {{ drops: Drop[], refused: Refusal[] }} */ found) {
    const path = join(this.#shelf.taken, name)
    const { text, fault } = contentOf(path)
    if (fault === undefined) {
      found.drops.push({ name, text })
      return
    }
    this.#setAside(path, name, fault)
    found.refused.push({ name, reason: fault })
  }

  #setAside(/** @type {string} */ path, /** @type {string} */ name, /** @type {string} */ reason) {
    setAside({ path, name, reason, folder: join(this.#shelf.root, 'rejected') })
  }
}

function copySentence(/** @type {string} */ id) {
  return `It is a file that says where token "${id}" is: to move it moves no token. \`pipewright move\` does.`
}
