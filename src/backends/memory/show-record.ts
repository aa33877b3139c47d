import type { Clock } from '../../queue/clock.ts'
import type { Leased, Row } from '../../queue/rows.ts'
import type { Json } from '../../schema/json.ts'
import { statusNow, type TokenRecord } from './memory-queue.ts'

/** The message of a record as its worker gets it. */
export function leasedOf(record: TokenRecord): Leased {
  const { id, hop, priority, parent, deploy, stay } = record
  const frames: Json[] = record.frames === undefined ? [] : JSON.parse(record.frames)
  const { lease, attempts, crashes, suspect } = stay
  const value = contentOf(record)
  return { id, hop, frames, priority, parent, deploy, value, lease, attempts, crashes, suspect }
}

/** The message of a record as readers see it. */
export function rowOf(record: TokenRecord, clock: Clock): Row {
  const { arrivedAt: enteredAt, stay, traceparent, rev, marks, source, brought } = record
  const { due: dueAt, error, held, wait } = stay
  const status = statusNow(record, clock)
  const isHeld = status === stay.status
  return {
    ...leasedOf(record),
    ...{ status, enteredAt, dueAt, error, traceparent },
    owner: isHeld ? held?.owner : undefined,
    leaseLeftMs: held && Math.max(0, held.until - Math.floor(clock.elapsed())),
    progress: isHeld ? stay.progress : undefined,
    waits: isHeld ? wait : undefined,
    ...(record.key === '' ? {} : { key: record.key }),
    marks: marks.size === 0 ? undefined : Object.fromEntries(marks),
    rev,
    source: source?.name,
    brought,
  }
}

/** The tag of the state in its message; undefined if its value is none. */
export function tagOf(record: TokenRecord): string | undefined {
  const value = contentOf(record) as { tag?: unknown } | null | undefined
  return typeof value?.tag === 'string' ? value.tag : undefined
}

/** What is in its message. */
export function contentOf({ value }: TokenRecord): Json {
  return value === undefined ? undefined : JSON.parse(value)
}
