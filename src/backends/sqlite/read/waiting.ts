import type { Moment } from '../../../queue/lapse.ts'
import type { Row } from '../../../queue/rows.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { GatesInFile, type Message } from './gates.ts'
import { readRow } from './pages.ts'

type Found = Message & Pick<QueueEntry, 'ref' | 'name' | 'behind'>

/** The message of a token, in `queue` if that is given, with the gate at which it waits; undefined if it is not there. */
export function readWaiting(
  db: Connection,
  at: { workflow: string; id: string; queue?: number; moment: Moment },
): Row | undefined {
  const row = readRow(db, at)
  if (row?.status !== 'ready') return row
  const found = prepared<[string, string], Found>(
    db,
    `select t.token, coalesce(l.key, '') as key, t.tolls, q.ref, q.name, q.behind
       from pw_tokens t join pw_queues q on q.ref = t.queue left join pw_lanes l on l.ref = t.lane
       where t.id = ? and t.workflow = ?`,
  ).get(at.id, at.workflow)
  const parked = found && new GatesInFile(db).parked(found, found, at.moment.now)
  return parked ? { ...row, parked } : row
}
