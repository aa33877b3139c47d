import { positionOf } from '../../../queue/check-question.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { cursorAfter } from '../../../queue/position.ts'
import type { Page, Row } from '../../../queue/rows.ts'
import { inOneOrder, type Placed } from '../../../queue/rules/scanned.ts'
import type { Everywhere } from '../../../queue/tally.ts'
import type { Connection } from '../file/connection.ts'
import { budgetOf } from '../filter/most-looked.ts'
import { scan } from '../filter/scan.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { barrenColumns, type RowCells, rowColumns, rowOf } from '../tables/row.ts'
import { GatesInFile } from './gates.ts'
import { marksOf } from './row-marks.ts'

type Queue = Pick<QueueEntry, 'ref' | 'name' | 'workflow' | 'behind'>

/** The message of a token, in `queue` if that is given; undefined if it is not there. */
export function readRow(
  db: Connection,
  { workflow, id, queue, moment }: { workflow: string; id: string; queue?: number; moment: Moment },
): Row | undefined {
  const cells = prepared<[string, string, number | null], RowCells>(
    db,
    `select ${rowColumns} from pw_tokens where id = ? and workflow = ? and queue = coalesce(?, queue)`,
  )
    .raw()
    .get(id, workflow, queue ?? null)
  return cells && rowOf(cells, moment, marksOf(db, [cells[0]]).get(cells[0]))
}

/** One page of queues at `moment`. */
export function listRows(
  db: Connection,
  asked: readonly Queue[],
  { of, page, moment }: { readonly of: string | Everywhere; readonly page: Page; readonly moment: Moment },
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const { after, limit = 100, order = 'oldest', only = {}, by } = page
  // Only suspects are asked for that are stored as ready; in another status there are none.
  if (only.suspect && only.status !== undefined && only.status !== 'ready') return { rows: [] }
  const queues = new GatesInFile(db).openTo(only, asked, moment.now)
  const start = after === undefined ? undefined : positionOf(of, { after, by })
  const budget = budgetOf(queues.length)
  const wanted = { only, order, by, start, moment, count: limit + 1, budget }
  const sign = order === 'oldest' ? 1 : -1
  const { found, stopped } = inOneOrder(
    queues.map((queue) => ({ queue, ...scan(db, queue, wanted) })),
    sign,
  )
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1)!.place : stopped
  return {
    rows: readRows(db, shown, { isEverywhere: typeof of !== 'string', page, moment }),
    next: last && cursorAfter(last),
  }
}

function readRows(
  db: Connection,
  placed: readonly Placed<Queue>[],
  { isEverywhere, page, moment }: { isEverywhere: boolean; page: Page; moment: Moment },
): readonly Row[] {
  const tokens = placed.map(({ place }) => place.token)
  if (tokens.length === 0) return []
  const columns = page.values === false ? barrenColumns : rowColumns
  const found = prepared<[string], RowCells>(
    db,
    `select ${columns} from pw_tokens where token in (select value from json_each(?))`,
  )
    .raw()
    .all(JSON.stringify(tokens))
  const cells = new Map(found.map((each) => [each[0], each]))
  const marks = marksOf(db, tokens)
  return placed.map(({ queue, place: { token } }): Row => {
    const row = rowOf(cells.get(token)!, moment, marks.get(token))
    return isEverywhere ? { ...row, queue: queue.name } : row
  })
}
