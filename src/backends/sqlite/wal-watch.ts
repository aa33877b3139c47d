import { type FSWatcher, watch } from 'node:fs'

/** Calls back soon after some process has written to the file at `path`; many writes at once are one call. */
export class WalWatch {
  readonly #path: string
  readonly #changed: () => void
  #watcher: FSWatcher | undefined
  #scheduled = false

  constructor(path: string, changed: () => void) {
    this.#path = path
    this.#changed = changed
  }

  /** Begins to watch, or tries again if it could not; without inotify the caller's slow poll has to do. */
  arm(): void {
    if (this.#watcher) return
    try {
      this.#watcher = watch(this.#path, { persistent: false }, this.#event)
      this.#watcher.on('error', () => this.disarm())
    } catch {
      this.#watcher = undefined
    }
  }

  disarm(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  readonly #event = (event: string): void => {
    // The file was removed or replaced: what is watched is not the file any more.
    if (event === 'rename' && this.#watcher) {
      this.disarm()
      this.arm()
    }
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#watcher) this.#changed()
    })
  }
}
