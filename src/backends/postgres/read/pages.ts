import { positionOf } from '../../../queue/check-question.ts'
import { cursorAfter } from '../../../queue/position.ts'
import type { Page, Row } from '../../../queue/rows.ts'
import { inOneOrder, type Placed, type Scanned } from '../../../queue/rules/scanned.ts'
import type { Everywhere } from '../../../queue/tally.ts'
import type { Session } from '../server/database.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { barrenColumns, type RowCells, rowColumns, rowOf } from '../tables/row.ts'
import { openTo } from './known-gates.ts'
import { budgetOf } from './most-looked.ts'
import { marksOf } from './row-marks.ts'
import { scan } from './scan.ts'

/** One page of queues. */
export async function listRows(
  session: Session,
  asked: readonly QueueEntry[],
  { of, page }: { readonly of: string | Everywhere; readonly page: Page },
): Promise<{ readonly rows: readonly Row[]; readonly next?: string | undefined }> {
  const { after, limit = 100, order = 'oldest', only = {}, by } = page
  // Only suspects are asked for that are stored as ready; in another status there are none.
  if (only.suspect && only.status !== undefined && only.status !== 'ready') return { rows: [] }
  const queues = await openTo(session, only, asked)
  const start = after === undefined ? undefined : positionOf(of, { after, by })
  const budget = budgetOf(queues.length)
  const wanted = { only, order, by, start, moment: session.moment, count: limit + 1, budget }
  const scans: (Scanned & { readonly queue: QueueEntry })[] = []
  for (const queue of queues) scans.push({ queue, ...(await scan(session, queue, wanted)) })
  const { found, stopped } = inOneOrder(scans, order === 'oldest' ? 1 : -1)
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1)!.place : stopped
  return {
    rows: await readRows(session, shown, { isEverywhere: typeof of !== 'string', page }),
    next: last && cursorAfter(last),
  }
}

async function readRows(
  session: Session,
  placed: readonly Placed<QueueEntry>[],
  { isEverywhere, page }: { readonly isEverywhere: boolean; readonly page: Page },
): Promise<readonly Row[]> {
  const { moment, queues } = session
  const tokens = placed.map(({ place }) => place.token)
  if (tokens.length === 0) return []
  const columns = page.values === false ? barrenColumns : rowColumns
  const found = await session.rows<RowCells>(
    `select ${columns} from pw_tokens where token = any($1::bigint[])`,
    tokens,
  )
  const cells = new Map(found.map((each) => [each.token, each]))
  const marks = await marksOf(session, tokens)
  return placed.map(({ queue, place: { token } }): Row => {
    const row = rowOf(cells.get(token)!, { moment, queues, marks: marks.get(token) })
    return isEverywhere ? { ...row, queue: queue.name } : row
  })
}
