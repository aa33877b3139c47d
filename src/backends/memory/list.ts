import { positionOf } from '../../queue/check-question.ts'
import { comparePositions, cursorAfter, type Position } from '../../queue/position.ts'
import type { Page, Row } from '../../queue/rows.ts'
import { matches } from '../../queue/rules/filter.ts'
import type { Everywhere } from '../../queue/tally.ts'
import { candidateOf } from './candidate.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'
import type { Queues } from './queues.ts'
import { rowOf } from './show-record.ts'

interface Placed {
  readonly record: TokenRecord
  readonly place: Position
}

/** The rows of `queues` that `page` asks for, and the cursor after them if there are more. */
export function listed(
  queues: readonly MemoryQueue[],
  { of, page, from }: { readonly of: string | Everywhere; readonly page: Page; readonly from: Queues },
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const { after, limit = 100, order = 'oldest', only = {}, by, values } = page
  const sign = order === 'oldest' ? 1 : -1
  const start = after === undefined ? undefined : positionOf(of, { after, by })
  const found = queues
    .flatMap((queue) => [...queue.records.values()])
    .map((record): Placed => ({ record, place: placeOf(record, by) }))
    .filter(
      ({ record, place }) =>
        (!start || comparePositions(place, start, sign) > 0) && matches(only, candidateOf(record, from)),
    )
    .sort((a, b) => comparePositions(a.place, b.place, sign))
  const shown = found.slice(0, limit)
  const next = found.length > limit ? cursorAfter(shown.at(-1)!.place) : undefined
  const rows = shown.map(({ record }): Row => {
    const row = rowOf(
      values === false ? { ...record, value: undefined, frames: undefined } : record,
      from.clock,
    )
    return typeof of === 'string' ? row : { ...row, queue: record.queue?.name }
  })
  return { rows, next }
}

function placeOf({ arrivedAt, token, marks }: TokenRecord, by: string | undefined): Position {
  const value = by === undefined ? undefined : marks.get(by)
  return value === undefined ? { at: arrivedAt, token } : { value, token }
}
