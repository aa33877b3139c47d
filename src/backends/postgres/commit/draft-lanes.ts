import { type LaneRow, laneOf } from '../tables/lane.ts'
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

/** What a lease has found of a lane. */
export interface LaneFound {
  /** Nothing in it is ready, but for suspects. */
  readonly idle?: true
  /** It has no suspects. */
  readonly calm?: true
  /** That of its first message. */
  readonly priority?: number
  /** The message by which it is blocked, until a time if one is given. */
  readonly blocked?: number
  readonly until?: number | undefined
}

interface Found extends LaneFound {
  readonly queue: number
  readonly ref: number
  readonly key: string
}

/**
 * What a transaction does to lanes. A lane may say more than is there, never less: so what makes a message ready has to say so, and what a
 * lease has found of a lane is dropped by what comes to it afterwards.
 */
export class DraftLanes {
  readonly #fetched: Fetched
  readonly #draft: Around
  readonly #wakes: Wake[] = []
  readonly #released = new Map<number, number>()
  readonly #unblocked: { readonly queue: number; readonly key?: string }[] = []
  readonly #found = new Map<string, Found>()
  readonly #turned: { readonly ref: number; readonly place: number }[] = []

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
      if (!isSame) {
        undo.push(this.#wakes, { queue: at!, lane, token, priority, suspect: stay.suspect })
        this.#drop((found) => found.queue === at && laneOf(found) === lane)
      }
    }
    if (!wasReady || !queues.of(before.at)?.keyed || (isReady && before.at === after.at)) return
    this.#within(queues.of(before.at)!)
    undo.set(this.#released, before.token, before.at!)
    this.#drop((found) => found.queue === before.at && found.blocked === before.token)
  }

  unblockAll(queue: QueueEntry): void {
    if (!queue.keyed) return
    this.#within(queue)
    this.#draft.undo.push(this.#unblocked, { queue: queue.ref })
    this.#drop((found) => found.queue === queue.ref && found.blocked !== undefined)
  }

  unblock(queue: QueueEntry, key: string): void {
    this.#within(queue)
    this.#draft.undo.push(this.#unblocked, { queue: queue.ref, key })
    this.#drop((found) => found.queue === queue.ref && found.key === key && found.blocked !== undefined)
  }

  /** Records what a lease has found of a lane. */
  find(queue: QueueEntry, { ref, key }: LaneRow, found: LaneFound): void {
    this.#within(queue)
    const lane = needKey({ queue: queue.ref, key })
    const before = this.#found.get(lane)
    this.#draft.undo.set(this.#found, lane, { ...before, ...found, queue: queue.ref, ref, key })
  }

  /** Puts a lane at the end of the line. */
  turn(queue: QueueEntry, { ref }: LaneRow): void {
    this.#within(queue)
    this.#draft.undo.push(this.#turned, { ref, place: this.#turned.length })
  }

  #drop(isStale: (found: Found) => boolean): void {
    for (const [lane, found] of this.#found)
      if (isStale(found)) {
        this.#found.delete(lane)
        this.#draft.undo.add(() => this.#found.set(lane, found))
      }
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
      lanes: [...this.#found.values()].map(({ ref, idle, calm, priority, blocked, until }) => ({
        ...{ ref, idle, calm, priority, blocked },
        until: until === undefined ? undefined : Math.ceil(until),
      })),
      turned: this.#turned,
    }
  }
}
