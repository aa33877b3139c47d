import type { Backend } from '../../../queue/backend.ts'
import type { QueueCount } from '../../../queue/queue-count.ts'
import type { Touched } from './touched.ts'

/** What is leased. No line of the history says that a worker has leased a token: it would cost each hop. */
export class Leases {
  readonly #backend: Pick<Backend, 'list'>
  /** The stays and leases that were seen last, by token, and the queue. */
  #seen: ReadonlyMap<string, Seen> = new Map()

  constructor(backend: Pick<Backend, 'list'>) {
    this.#backend = backend
  }

  /**
   * Adds those to `touched` that are under the same lease as at the last look, and were not so before: of what takes less time the
   * file would say it for a moment only. And those whose lease has run out.
   */
  async look(counts: readonly QueueCount[], touched: Touched): Promise<void> {
    const seen = new Map<string, Seen>()
    for (const { queue, leased } of counts) {
      if (leased === 0) continue
      for (let after: string | undefined; ; ) {
        const page = await this.#backend.list(queue, {
          ...{ only: { status: 'leased' }, values: false, limit: 1000 },
          after,
        })
        for (const { id, hop, lease } of page.rows) {
          const print = `${hop}/${lease}`
          const before = this.#seen.get(id)
          const isSame = before?.print === print
          if (isSame && !before.isShown) touched.lookAfter(id, queue)
          seen.set(id, { queue, print, isShown: isSame })
        }
        after = page.next
        if (after === undefined) break
      }
    }
    for (const [id, { queue, isShown }] of this.#seen)
      if (isShown && !seen.has(id)) touched.lookAfter(id, queue)
    this.#seen = seen
  }
}

interface Seen {
  readonly queue: string
  readonly print: string
  readonly isShown: boolean
}
