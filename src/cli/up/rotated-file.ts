import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Where lines are kept, and how many. */
export interface Rotation {
  readonly folder: string
  /** How large a file may become, in megabytes. */
  readonly megabytes: number
  /** How many files are kept, the one that is written to included. */
  readonly files: number
}

const name = 'up.log'

/**
 * A file of lines, `up.log`, for its owner's eyes. When it is full it becomes `up.log.1`, which before becomes `up.log.2`, and so on. If it cannot be
 * written to, `failed` is called once, and again only when that has worked in between: the processes go on without it.
 */
export class RotatedFile {
  readonly #rotation: Rotation
  readonly #failed: (error: Error) => void
  #file: number | undefined
  #bytes = 0
  #isFailing = false

  constructor(rotation: Rotation, failed: (error: Error) => void) {
    this.#rotation = rotation
    this.#failed = failed
  }

  write(line: string): void {
    const data = Buffer.from(`${line}\n`)
    try {
      if (this.#file === undefined) this.#open()
      if (this.#bytes > 0 && this.#bytes + data.length > this.#rotation.megabytes * 1e6) this.#rotate()
      writeSync(this.#file!, data)
      this.#bytes += data.length
      this.#isFailing = false
    } catch (error) {
      this.close()
      if (!this.#isFailing) this.#failed(error as Error)
      this.#isFailing = true
    }
  }

  close(): void {
    const file = this.#file
    this.#file = undefined
    if (file === undefined) return
    try {
      closeSync(file)
    } catch {
      // The disk is gone; what it had not taken is lost.
    }
  }

  #open(): void {
    mkdirSync(this.#rotation.folder, { recursive: true, mode: 0o700 })
    this.#file = openSync(this.#at(0), 'a', 0o600)
    this.#bytes = fstatSync(this.#file).size
  }

  #rotate(): void {
    this.close()
    const { files } = this.#rotation
    rmSync(this.#at(files - 1), { force: true })
    for (let n = files - 2; n >= 0; n--) if (existsSync(this.#at(n))) renameSync(this.#at(n), this.#at(n + 1))
    this.#open()
  }

  #at(n: number): string {
    return join(this.#rotation.folder, n === 0 ? name : `${name}.${n}`)
  }
}
