import { type FSWatcher, utimesSync, watch } from 'node:fs'
import { keepContext } from '../../../queue/keep-context.ts'

/*
 * A commit writes to the -wal file, syncs it, and only then tells the other processes, in memory that they share:
 * nothing of that last step can be watched. So whoever has committed touches the file once more (`touchWal`), and
 * whoever sees it written to looks at once, and again in case its writer could not touch it any more.
 */
const looksAfterMs = [2, 10, 50]

/** Tells those who watch the -wal file at `path`, in all processes, that a commit can be seen now. */
export function touchWal(path: string): void {
  const now = new Date()
  try {
    // By its name: a file that is opened and closed here would take the locks of this process with it.
    utimesSync(path, now, now)
  } catch {
    // They look again by themselves.
  }
}

/** Looks for what another process has committed, soon after it has written to the file at `path`. */
export class WalWatch {
  readonly #watch: () => FSWatcher
  readonly #look: () => boolean
  #watcher: FSWatcher | undefined
  #looks = 0
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  /** `look` returns whether there was something new. */
  constructor(path: string, look: () => boolean) {
    this.#watch = keepContext(() => watch(path, { persistent: false }, this.#written))
    this.#look = look
  }

  /** Begins to watch, or tries again if it could not; without inotify the caller's slow poll has to do. */
  arm(): void {
    if (this.#watcher) return
    try {
      this.#watcher = this.#watch()
      this.#watcher.on('error', () => this.disarm())
    } catch {
      this.#watcher = undefined
    }
  }

  disarm(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
    this.#immediate = undefined
    this.#timer = undefined
  }

  readonly #written = (event: string): void => {
    // The file was removed or replaced: what is watched is not the file any more.
    if (event === 'rename' && this.#watcher) {
      this.disarm()
      this.arm()
    }
    this.#looks = 0
    this.#immediate ??= setImmediate(this.#lookNow)
  }

  readonly #lookNow = (): void => {
    this.#immediate = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (!this.#watcher || this.#look()) return
    const delayMs = looksAfterMs[this.#looks++]
    if (delayMs !== undefined) this.#timer = setTimeout(this.#lookNow, delayMs).unref()
  }
}
