import { type Cursor, cursorAfter, cursorOf } from '../../queue/check-question.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Page, PageFilter, Row } from '../../queue/rows.ts'
import { type MemoryQueue, statusNow, type TokenRecord } from './memory-queue.ts'
import { rowOf, tagOf } from './show-record.ts'

/** The rows of `queue` that `page` asks for, and the cursor after them if there are more. */
export function listed(
  queue: MemoryQueue,
  { after, limit = 100, order = 'oldest', only = {} }: Page,
  { clock, isShut }: { readonly clock: Clock; readonly isShut: boolean },
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const sign = order === 'oldest' ? 1 : -1
  const start = after === undefined ? undefined : cursorOf(queue.name, after)
  const found = [...queue.records.values()]
    .filter(
      (record) =>
        (!start || sign * byArrival(placeOf(record), start) > 0) && fits(record, only, { isShut, clock }),
    )
    .sort((a, b) => sign * byArrival(placeOf(a), placeOf(b)))
  const page = found.slice(0, limit)
  const next = found.length > limit ? cursorAfter(placeOf(page.at(-1)!)) : undefined
  return { rows: page.map((record) => rowOf(record, clock)), next }
}

function placeOf({ arrivedAt, token }: TokenRecord): Cursor {
  return { at: arrivedAt, token }
}

function byArrival(a: Cursor, b: Cursor): number {
  return a.at - b.at || a.token - b.token
}

function fits(
  record: TokenRecord,
  { status, tag, suspect }: PageFilter,
  { isShut, clock }: { readonly isShut: boolean; readonly clock: Clock },
): boolean {
  if (suspect && (isShut || !record.stay.suspect || record.stay.status !== 'ready')) return false
  if (status !== undefined && statusNow(record, clock) !== status) return false
  return tag === undefined || tagOf(record) === tag
}
