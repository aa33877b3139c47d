// @ts-check
// Files that are refused: each is kept, with the reason beside it.
import { lstatSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './disk.mjs'
import { ending } from './names.mjs'

// A name may have 255 bytes, and there comes a number and `.reason.txt` behind it.
const longestStem = 220

/**
 * Moves the file at `path` into `folder`, under its `name`, of which a long one is cut, or, where that is taken, the next one that is free.
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
  const stem = cut(name.slice(0, -ending.length))
  if (isFree(`${stem}${ending}`)) return `${stem}${ending}`
  for (let count = 2; ; count++) {
    const next = `${stem}.${count}${ending}`
    if (isFree(next)) return next
  }
}

function cut(/** @type {string} */ stem) {
  const bytes = new Uint8Array(longestStem)
  const { read } = new TextEncoder().encodeInto(stem, bytes)
  return stem.slice(0, read)
}
