import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Around } from './around.ts'
import type { Fetched } from './fetched.ts'
import { need, needKey } from './needs.ts'
import type { TokenState } from './token-state.ts'

/** What makes a lane wake: a message is ready in it. */
interface Wake {
  readonly queue: number
  /** 0 for the lane of those without a key. */
  readonly lane: number
  readonly token: number
  readonly priority: number
  readonly suspect: boolean
}

/** What a transaction does to lanes. A lane may say more than is there, never less: so what makes a message ready has to say so. */
export class DraftLanes {
  readonly #fetched: Fetched
  readonly #draft: Around
  readonly #wakes: Wake[] = []
  readonly #released = new Map<number, number>()
  readonly #unblocked: { readonly queue: number; readonly key?: string }[] = []

  constructor(fetched: Fetched, draft: Around) {
    this.#fetched = fetched
    this.#draft = draft
  }

  /** The lane of a key in a queue, which is made if need be; from its first one on the queue has keys. */
  of(queue: QueueEntry, key: string): number {
    if (!queue.keyed) this.#draft.alone()
    this.#within(queue)
    const asked = { queue: queue.ref, key }
    return this.#fetched.lanes.get(needKey(asked)) ?? need('lane', asked)
  }

  /** Notes that a token was so, and is so now. */
  note(before: TokenState | undefined, after: TokenState): void {
    const { undo, queues } = this.#draft
    const isReady = after.stay.status === 'ready' && after.at !== undefined
    const wasReady = before?.stay.status === 'ready' && before.at !== undefined
    if (isReady && queues.of(after.at)?.keyed) {
      const { at, lane, token, priority, stay } = after
      const isSame = wasReady && before.at === at && before.stay.suspect === stay.suspect
      this.#within(queues.of(at)!)
      if (!isSame) undo.push(this.#wakes, { queue: at!, lane, token, priority, suspect: stay.suspect })
    }
    if (!wasReady || !queues.of(before.at)?.keyed || (isReady && before.at === after.at)) return
    this.#within(queues.of(before.at)!)
    undo.set(this.#released, before.token, before.at!)
  }

  unblockAll(queue: QueueEntry): void {
    if (!queue.keyed) return
    this.#within(queue)
    this.#draft.undo.push(this.#unblocked, { queue: queue.ref })
  }

  unblock(queue: QueueEntry, key: string): void {
    this.#within(queue)
    this.#draft.undo.push(this.#unblocked, { queue: queue.ref, key })
  }

  #within(queue: QueueEntry): void {
    this.#draft.within(this.#draft.queues.zoneOf(queue))
  }

  /** What is to be written. */
  document() {
    return {
      wakes: this.#wakes,
      released: [...this.#released].map(([token, queue]) => ({ token, queue })),
      unblocked: this.#unblocked,
    }
  }
}
