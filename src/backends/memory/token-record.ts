import type { Clock } from '../../queue/clock.ts'
import type { TokenOutcome } from '../../queue/journey.ts'
import { statusAt } from '../../queue/lapse.ts'
import type { Leased, Row, Status } from '../../queue/rows.ts'
import type { Stay } from '../../queue/rules/stay.ts'
import type { Json } from '../../schema/json.ts'
import type { MemoryQueue } from './memory-queue.ts'

/**
 * What is known of a token, and its message while it is in a queue. Never changed: what happens to the token makes another
 * record. Value and frames are JSON text, so that no caller shares an object with the queue.
 */
export interface TokenRecord {
  /** In this order tokens have entered; within a priority they are leased in it. */
  readonly token: number
  readonly id: string
  readonly workflow: string
  readonly parent: string | undefined
  readonly enteredAt: number
  readonly finishedAt: number | undefined
  readonly outcome: TokenOutcome | undefined
  /** The number of its last stay. */
  readonly hop: number
  /** Undefined once it has left. */
  readonly queue: MemoryQueue | undefined
  readonly arrivedAt: number
  readonly priority: number
  readonly deploy: number
  readonly value: string | undefined
  readonly frames: string | undefined
  readonly stay: Stay
}

/** Its message as its worker gets it. */
export function leasedOf(record: TokenRecord): Leased {
  const { id, hop, priority, parent, deploy, stay } = record
  const frames: Json[] = record.frames === undefined ? [] : JSON.parse(record.frames)
  const { lease, attempts, crashes, suspect } = stay
  const value = valueOf(record)
  return { id, hop, frames, priority, parent, deploy, value, lease, attempts, crashes, suspect }
}

/** Its message as anything else may look at it. */
export function rowOf(record: TokenRecord, clock: Clock): Row {
  const { arrivedAt: enteredAt, stay } = record
  const { due: dueAt, error, held } = stay
  const status = statusNow(record, clock)
  const isHeld = status === stay.status
  return {
    ...leasedOf(record),
    ...{ status, enteredAt, dueAt, error },
    owner: isHeld ? held?.owner : undefined,
    leaseLeftMs: held && Math.max(0, held.until - Math.floor(clock.elapsed())),
    progress: isHeld ? stay.progress : undefined,
  }
}

/** The status of its message for those who look, see `statusAt`. */
export function statusNow({ stay: { status, due, held } }: TokenRecord, clock: Clock): Status {
  return statusAt({ status, due, until: held?.until }, { now: clock.now(), elapsed: clock.elapsed() })
}

/** The tag of the state in its message; undefined if its value is none. */
export function tagOf(record: TokenRecord): string | undefined {
  const value = valueOf(record) as { tag?: unknown } | null | undefined
  return typeof value?.tag === 'string' ? value.tag : undefined
}

function valueOf({ value }: TokenRecord): Json {
  return value === undefined ? undefined : JSON.parse(value)
}
