import { type FSWatcher, utimesSync, watch } from 'node:fs'
import { keepContext } from '../../../queue/keep-context.ts'

/*
 * A commit writes to the -wal file, syncs it, and only then becomes visible to other processes, in shared memory, which
 * cannot be watched. So after a commit the process touches the file once more (`touchWal`), and a process that sees a write
 * looks at once, and some times more in case the writer died before the touch.
 */
const looksAfterMs = [2, 10, 50]

/** Wakes the watches on the -wal file at `path`, in all processes, since a commit is visible now. */
export function touchWal(path: string): void {
  const now = new Date()
  try {
    // By name: opening and closing the file here would drop this process's locks on it.
    utimesSync(path, now, now)
  } catch {
    // The watching processes look again by themselves.
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
    // The file was removed or replaced, so the watch is on the wrong one.
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
