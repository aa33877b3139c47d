import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Call } from './calls.ts'

const pageBytes = 4096

/** A file as the processes see it, as it is on the disk, and the pages in which the two differ. */
interface OneFile {
  seen: Buffer
  stored: Buffer
  readonly dirty: Set<number>
}

/**
 * What would be left of files if the power went. It takes system calls, and is as unkind as Linux may be: what
 * was written is stored by a sync and not before; after a sync that failed the pages count as clean, and what was in
 * them is never stored unless it is written again.
 */
export class Disk {
  readonly #files = new Map<string, OneFile>()
  readonly #isWatched: (path: string) => boolean

  constructor(isWatched: (path: string) => boolean) {
    this.#isWatched = isWatched
  }

  apply({ name, path, data, numbers, ok }: Call): void {
    if (!this.#isWatched(path)) return
    const file = this.#file(path)
    if (name === 'fsync' || name === 'fdatasync') sync(file, ok)
    else if (!ok) return
    else if (name === 'pwrite64') write(file, data, numbers.at(-1)!)
    else if (name === 'ftruncate') truncate(file, numbers.at(-1)!)
    else if (name === 'unlink') this.#files.delete(path)
  }

  /** Makes `folder`, and in it the files as they would be found. */
  restore(folder: string): void {
    mkdirSync(folder, { recursive: true })
    for (const [path, { stored }] of this.#files) writeFileSync(join(folder, basename(path)), stored)
  }

  #file(path: string): OneFile {
    const known = this.#files.get(path)
    if (known) return known
    const made = { seen: Buffer.alloc(0), stored: Buffer.alloc(0), dirty: new Set<number>() }
    this.#files.set(path, made)
    return made
  }
}

function write(file: OneFile, data: Buffer, offset: number): void {
  file.seen = atLeast(file.seen, offset + data.length)
  data.copy(file.seen, offset)
  const last = Math.floor((offset + data.length - 1) / pageBytes)
  for (let page = Math.floor(offset / pageBytes); page <= last; page++) file.dirty.add(page)
}

function sync(file: OneFile, ok: boolean): void {
  if (ok) {
    file.stored = atLeast(file.stored, file.seen.length)
    for (const page of file.dirty) {
      file.seen.copy(file.stored, page * pageBytes, page * pageBytes, (page + 1) * pageBytes)
    }
  }
  file.dirty.clear()
}

// At once, which is unkind too: what a file system may do late must not be relied on.
function truncate(file: OneFile, bytes: number): void {
  file.seen = Buffer.from(atLeast(file.seen, bytes).subarray(0, bytes))
  file.stored = Buffer.from(file.stored.subarray(0, bytes))
}

function atLeast(bytes: Buffer, length: number): Buffer {
  return bytes.length >= length ? bytes : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)])
}
