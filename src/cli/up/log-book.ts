import { jsonLine, type LogLine } from '../screen/line-log.ts'

const kept = 2000

interface Entry {
  readonly process: string
  readonly text: string
}

/** The last 2,000 lines of the log, and who wants to see the next ones. */
export class LogBook {
  readonly #last: Entry[] = []
  readonly #followers = new Set<(entry: Entry) => void>()
  readonly #over = new AbortController()

  add(line: LogLine): void {
    const entry = { process: line.process, text: jsonLine(line) }
    this.#last.push(entry)
    if (this.#last.length > kept) this.#last.shift()
    for (const follow of this.#followers) follow(entry)
  }

  /** There will be no more lines. */
  close(): void {
    this.#over.abort()
  }

  /**
   * The `last` lines of the processes of `group`, by default of all, as JSON; with `follows` then those that come, until it
   * aborts. A reader that is slower than 2,000 lines misses some.
   */
  async *lines(
    group: string | undefined,
    last: number,
    follows: AbortSignal | undefined,
  ): AsyncGenerator<string, void, undefined> {
    const signal = follows && AbortSignal.any([follows, this.#over.signal])
    const isOf = ({ process }: Entry) =>
      group === undefined || process === group || isNumbered(process, group)
    const queue = last === 0 ? [] : this.#last.filter(isOf).slice(-last)
    let wake = () => {}
    const follow = (entry: Entry) => {
      if (!isOf(entry)) return
      queue.push(entry)
      if (queue.length > kept) queue.shift()
      wake()
    }
    if (signal) this.#followers.add(follow)
    const onAbort = () => wake()
    signal?.addEventListener('abort', onAbort)
    try {
      for (;;) {
        for (let entry = queue.shift(); entry; entry = queue.shift()) yield entry.text
        if (!signal || signal.aborted) return
        await new Promise<void>((resolve) => {
          wake = resolve
          if (queue.length > 0 || signal.aborted) resolve()
        })
      }
    } finally {
      this.#followers.delete(follow)
      signal?.removeEventListener('abort', onAbort)
    }
  }
}

function isNumbered(process: string, group: string): boolean {
  return process.startsWith(`${group}-`) && /^\d+$/.test(process.slice(group.length + 1))
}
