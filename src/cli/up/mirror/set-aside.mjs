// @ts-check
// Files that are refused: each is kept, with the reason beside it.
import { lstatSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './disk.mjs'
import { ending } from './names.mjs'

/**
 * Moves the file at `path` into `folder`, under its `name` or, where that is taken, the next one that is free.
 * @param {{ readonly path: string, readonly name: string, readonly reason: string, readonly folder: string }} file
 */
export function setAside({ path, name, reason, folder }) {
  makeFolder(folder)
  const free = freeName(folder, name)
  // The reason first: so nothing is there without one.
  writeFileSync(join(folder, `${free}.reason.txt`), `${reason}\n`, { mode: 0o600 })
  renameSync(path, join(folder, free))
}

function freeName(/** @type {string} */ folder, /** @type {string} */ name) {
  const isFree = (/** @type {string} */ each) => !lstatSync(join(folder, each), { throwIfNoEntry: false })
  if (isFree(name)) return name
  for (let count = 2; ; count++) {
    const next = `${name.slice(0, -ending.length)}.${count}${ending}`
    if (isFree(next)) return next
  }
}
