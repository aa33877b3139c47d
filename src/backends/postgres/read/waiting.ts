import type { Row } from '../../../queue/rows.ts'
import type { Session } from '../server/database.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { type RowCells, rowColumns, rowOf } from '../tables/row.ts'
import { parkedOf } from './parked.ts'
import { marksOf } from './row-marks.ts'

/** The message of a token in a queue, with the gate at which it waits; undefined if it is not there. */
export async function readWaiting(
  session: Session,
  queue: QueueEntry,
  token: number | undefined,
): Promise<Row | undefined> {
  if (token === undefined) return undefined
  const { moment, queues } = session
  const [cells] = await session.rows<RowCells & { readonly tolls: string | null }>(
    `select ${rowColumns}, tolls from pw_tokens where token = $1 and queue = $2`,
    token,
    queue.ref,
  )
  if (!cells) return undefined
  const marks = await marksOf(session, [token])
  const row = rowOf(cells, { moment, queues, marks: marks.get(token) })
  if (row.status !== 'ready') return row
  const parked = await parkedOf(session, queue, { token, key: cells.key ?? '', tolls: cells.tolls })
  return parked ? { ...row, parked } : row
}
