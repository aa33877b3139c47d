// @ts-check
// The folders of a mirror, as they are on disk. Beside them is `.pipewright`: the file that is being written, what was taken out of
// the first folder and has not entered yet, and of which app and database all this is. All calls are synchronous: they are for a
// thread of their own. Files are never read as truth, only to see whether they are ours.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFolder, makeFolder, removeEmpty, removeFile } from './disk.mjs'
import { ending, fileNameOf } from './names.mjs'
import { isOwn, readSmall } from './own-file.mjs'
import { OwnNames } from './own-names.mjs'

/**
 * @typedef {object} ShelfParts
 * @property {string} root
 * @property {readonly string[]} folders their names; into the first one files are dropped
 * @property {string} queue the queue whose folder that is
 * @property {string} app
 * @property {string} database
 *
 * @typedef {object} Placed a file: what is to be in it, or null where none is to be
 * @property {string} folder
 * @property {string} id
 * @property {string | null} text
 */

/** The folders of a mirror. */
export class Shelf {
  /** Opens, or makes, the folders. Throws if they cannot be made, or are those of another app or database. */
  constructor(/** @type {ShelfParts} */ { root, folders, queue, app, database }) {
    this.root = root
    this.queue = queue
    this.hidden = join(root, '.pipewright')
    this.taken = join(this.hidden, 'taken')
    this.folders = folders
    this.first = join(root, folders[0] ?? '')
    this.own = new OwnNames(this.first)
    mkdirSync(root, { recursive: true, mode: 0o700 })
    makeFolder(this.hidden)
    makeFolder(this.taken)
    const earlier = this.#claim({ app, database, folders })
    for (const folder of folders) makeFolder(join(root, folder))
    /**
     * The names that were there before, by folder, until `sweep`: what is not put again is not to be there.
     * @type {Map<string, Set<string>> | undefined}
     */
    this.left = new Map(earlier.map((folder) => [folder, namesIn(join(root, folder))]))
    this.ignoresCase = existsSync(join(root, '.PIPEWRIGHT'))
  }

  /**
   * Writes a file, or removes it. Returns false where something stands in its place that is not ours.
   * @param {Placed} placed
   * @returns {boolean}
   */
  put({ folder, id, text }) {
    const name = fileNameOf(id, this.ignoresCase)
    const path = join(this.root, folder, name)
    const own = folder === this.folders[0] ? this.own : undefined
    const wasLeft = this.left?.get(folder)?.delete(name) ?? false
    if (wasLeft && text !== null && isSame(path, text)) {
      own?.add(name)
      return true
    }
    if (own && !own.isFree(name)) return false
    own?.delete(name)
    if (text === null) return removeFile(path)
    const isDone = this.#write(path, text)
    own?.add(name)
    return isDone
  }

  /** Removes the files of ours that were there before and have not been put again, and folders of ours that are not wanted any more. */
  sweep() {
    for (const [folder, names] of this.left ?? []) {
      for (const name of names) {
        const path = join(this.root, folder, name)
        if (isOwn(path)) removeFile(path)
      }
      if (!this.folders.includes(folder)) removeEmpty(join(this.root, folder))
    }
    this.left = undefined
  }

  /**
   * Writes another file of ours. Returns false where a folder is in its place.
   * @param {string} name
   * @param {string} text
   */
  write(name, text) {
    return this.#write(join(this.root, name), text)
  }

  // Written beside, then renamed: no one sees half a file. No fsync: after a power cut all is written anew.
  #write(/** @type {string} */ path, /** @type {string} */ text) {
    const draft = join(this.hidden, 'draft')
    writeFileSync(draft, text, { mode: 0o600 })
    try {
      renameSync(draft, path)
      return true
    } catch (error) {
      if (isFolder(path)) return false
      throw error
    }
  }

  // Returns all folders that are there or will be, those that an earlier mirror has had here among them.
  #claim(/** @type {{ app: string, database: string, folders: readonly string[] }} */ label) {
    const path = join(this.hidden, 'mirror.json')
    const before = readLabel(path)
    if (before && (before.app !== label.app || before.database !== label.database))
      throw new Error(
        `It is the mirror of the app "${before.app}" on ${before.database}; give this one a folder of its own, or remove that one.`,
      )
    const earlier = (before?.folders ?? []).filter((each) => isFolder(join(this.root, each)))
    const folders = [...new Set([...label.folders, ...earlier])]
    this.#write(path, JSON.stringify({ ...label, folders }))
    return folders
  }
}

function namesIn(/** @type {string} */ path) {
  return new Set(readdirSync(path).filter((name) => name.endsWith(ending) && !name.startsWith('.')))
}

function readLabel(/** @type {string} */ path) {
  try {
    const { app, database, folders } = JSON.parse(readFileSync(path, 'utf8'))
    // A name of another shape leads out of here.
    const own = [...folders].map(String).filter((each) => /^\d{2,}_[\w.-]+$/.test(each))
    return { app: String(app), database: String(database), folders: own }
  } catch {
    return undefined
  }
}

function isSame(/** @type {string} */ path, /** @type {string} */ text) {
  try {
    return readSmall(path)?.equals(Buffer.from(text)) ?? false
  } catch {
    return false
  }
}
