import type { Fault } from '../../queue/change.ts'
import type { Clock } from '../../queue/clock.ts'
import type { QueueSpec, Remembered, Role } from '../../queue/declaration.ts'
import type { TokenOutcome } from '../../queue/journey.ts'
import { statusAt } from '../../queue/lapse.ts'
import type { Reply } from '../../queue/letter.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { Status } from '../../queue/rows.ts'
import type { Tolls } from '../../queue/rules/paid.ts'
import type { Stay } from '../../queue/rules/stay.ts'
import type { RuledQueue } from '../../queue/rules/world.ts'
import { Lanes } from './lanes.ts'
import { SortedList } from './sorted-list.ts'

/** After so long delayed messages are checked again: the wall clock may have jumped, and made something due. */
export const longestWaitMs = 1000

/**
 * A token, and its message while it is in a queue. Never changed: each change of the token makes another
 * record. Value and frames are JSON text, so that no caller shares an object with the queue.
 */
export interface TokenRecord {
  /** Numbers the tokens in the order in which they entered; within a priority they are leased in that order. */
  readonly token: number
  readonly id: string
  readonly workflow: string
  readonly parent: string | undefined
  readonly traceparent: string | undefined
  readonly enteredAt: number
  readonly finishedAt: number | undefined
  readonly outcome: TokenOutcome | undefined
  /** Where it has to report. */
  readonly reply: Reply | undefined
  /** The number of its last stay. */
  readonly hop: number
  /** Undefined once it has left. */
  readonly queue: MemoryQueue | undefined
  readonly arrivedAt: number
  readonly priority: number
  readonly deploy: number
  readonly value: string | undefined
  readonly frames: string | undefined
  /** The key of its lane; empty for none. */
  readonly key: string
  /** The units that it asks for at gates, where that is not 1. */
  readonly asks: Tolls | undefined
  readonly stay: Stay
  /** The marks of its stay. */
  readonly marks: ReadonlyMap<string, string | number>
  /** The words of the text of its stay. */
  readonly words: readonly string[] | undefined
  /** How often people have changed its marks, in all its stays. */
  readonly rev: number
  /** The queue that gave it up, so that it came to this one, and why. */
  readonly source: MemoryQueue | undefined
  readonly brought: Fault | undefined
}

/** One queue: the records of the tokens in it, by number, and again in the orders in which they are searched. */
export class MemoryQueue implements RuledQueue {
  readonly workflow: string
  spec: QueueSpec
  gated = false
  holding = false
  /** Whether its workflow no longer has it: then nothing is in it. */
  isRetired = false
  /** The queues that take over what is pushed into it; undefined if it takes all itself. */
  heirs: readonly MemoryQueue[] | undefined
  /** How many messages have ever come, and left. */
  readonly totals = { entered: 0, left: 0 }
  readonly records = new Map<number, TokenRecord>()
  readonly #lists = {
    ready: new Lanes<TokenRecord>(),
    delayed: new SortedList(byDue),
    leased: new SortedList(byEnd),
  }

  constructor(workflow: string, spec: QueueSpec) {
    this.workflow = workflow
    this.spec = spec
  }

  get name(): string {
    return this.spec.name
  }

  get role(): Role {
    return this.spec.role
  }

  get values(): Remembered {
    return this.spec.values ?? 'turns'
  }

  /** Takes in a record; an older one of the same token is taken out before. */
  add(record: TokenRecord): void {
    this.records.set(record.token, record)
    this.#listOf(record)?.add(record)
  }

  remove(record: TokenRecord): void {
    this.records.delete(record.token)
    this.#listOf(record)?.remove(record)
  }

  // What waits until a time is found as what is delayed.
  #listOf({ stay: { status, due } }: TokenRecord): SortedList<TokenRecord> | Lanes<TokenRecord> | undefined {
    if (status === 'waiting') return due === undefined ? undefined : this.#lists.delayed
    return status === 'dead' ? undefined : this.#lists[status]
  }

  /** The messages that are due, in this order, and those whose leases have run out. */
  lapsed({ now, elapsed }: { readonly now: number; readonly elapsed: number }): readonly TokenRecord[] {
    return [
      ...reached(this.#lists.delayed.all, (record) => record.stay.due! <= now),
      ...reached(this.#lists.leased.all, (record) => record.stay.held!.until <= elapsed),
    ]
  }

  /** The ready messages, in turns. */
  get lanes(): Lanes<TokenRecord> {
    return this.#lists.ready
  }

  /** The messages that `owner` has leased. */
  heldBy(owner: string): readonly TokenRecord[] {
    return this.#lists.leased.all.filter(({ stay }) => stay.held!.owner === owner)
  }

  /** Whether a lease has run out. */
  hasExpired(elapsed: number): boolean {
    const first = this.#lists.leased.first
    return first !== undefined && first.stay.held!.until <= elapsed
  }

  /** Milliseconds until a delayed message may be due or a lease runs out; undefined if neither will happen. */
  wakesInMs(clock: Clock): number | undefined {
    const due = this.#lists.delayed.first?.stay.due
    const until = this.#lists.leased.first?.stay.held?.until
    if (due === undefined && until === undefined) return undefined
    const dueMs = due === undefined ? Infinity : Math.min(due - clock.now(), longestWaitMs)
    return Math.min(dueMs, until === undefined ? Infinity : until - clock.elapsed())
  }

  count(clock: Clock): Omit<QueueCount, 'paused' | 'parked'> {
    const counts = { ready: 0, leased: 0, delayed: 0, dead: 0, waiting: 0 }
    let oldestAt: number | undefined
    for (const record of this.records.values()) {
      counts[statusNow(record, clock)]++
      oldestAt = Math.min(oldestAt ?? record.arrivedAt, record.arrivedAt)
    }
    const { name: queue, role } = this.spec
    return { queue, workflow: this.workflow, role, ...counts, oldestAt }
  }
}

function reached(records: readonly TokenRecord[], isReached: (record: TokenRecord) => boolean) {
  const end = records.findIndex((record) => !isReached(record))
  return end < 0 ? records : records.slice(0, end)
}

function byDue(a: TokenRecord, b: TokenRecord): number {
  return a.stay.due! - b.stay.due! || a.token - b.token
}

function byEnd(a: TokenRecord, b: TokenRecord): number {
  return a.stay.held!.until - b.stay.held!.until || a.token - b.token
}

/** The status of its message as readers see it, see `statusAt`. */
export function statusNow({ stay: { status, due, held } }: TokenRecord, clock: Clock): Status {
  return statusAt({ status, due, until: held?.until }, { now: clock.now(), elapsed: clock.elapsed() })
}
