import { cursorAfter, cursorOf } from '../../../queue/check-question.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Page, Row, Status } from '../../../queue/rows.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { type RowCells, rowColumns, rowOf } from '../tables/row.ts'
import { fieldOf } from '../tables/schema.ts'
import { GatesInFile } from './gates.ts'

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
  return cells && rowOf(cells, moment)
}

/*
 * The rows that have a status at @now and @elapsed, see `statusAt`: a term for each way in which they may be stored, each
 * with the index that finds it in the order of the page, or that finds few.
 */
const inLine = `queue = @queue and status is not 'leased'`
const terms = {
  ready: [
    `${inLine} and status = 'ready'`,
    `queue = @queue and due <= @now and status in ('delayed', 'waiting')`,
  ],
  leased: [`status = 'leased' and until > @elapsed and queue = @queue`],
  delayed: [`${inLine} and status = 'delayed' and due > @now`],
  dead: [`${inLine} and status = 'dead'`],
  waiting: [`${inLine} and status = 'waiting' and (due is null or due > @now)`],
} as const satisfies Record<Status, readonly string[]>
const lapsed = `status = 'leased' and until <= @elapsed and queue = @queue`
const anyTerms = [
  ...(['ready', 'delayed', 'dead', 'waiting'] as const).map((each) => `${inLine} and status = '${each}'`),
]
/** Those that are leased as suspects, by the index in which they are together: they are few, and few are in order anyway. */
const suspects = `${inLine} and status = 'ready' and suspect = 1
  and lane in (select 0 union all select ref from pw_lanes where queue = @queue and suspects = 1)`
const held = `status = 'leased' and queue = @queue`

function termsOf(status: Status | undefined): readonly string[] {
  if (status === undefined) return [...anyTerms, held]
  return status === 'ready' ? [...terms.ready, lapsed] : terms[status]
}

/** One page of a queue at `moment`, in the order in which its messages came to it. */
export function listRows(
  db: Connection,
  queue: QueueEntry,
  { page, moment }: { page: Page; moment: Moment },
): { readonly rows: readonly Row[]; readonly next?: string | undefined } {
  const { ref, name } = queue
  const { after, limit = 100, order = 'oldest', only = {} } = page
  const isOldest = order === 'oldest'
  const start = after === undefined ? undefined : cursorOf(name, after)
  const conditions: string[] = []
  if (start) conditions.push(`(arrived_at, token) ${isOldest ? '>' : '<'} (@at, @token)`)
  // Only suspects are asked for that are stored as ready; in another status there are none.
  if (only.suspect && only.status !== undefined && only.status !== 'ready') return { rows: [] }
  if (only.suspect && new GatesInFile(db).isShut(queue, moment.now)) return { rows: [] }
  if (only.tag !== undefined) conditions.push(`${fieldOf('value', 'tag')} = @tag`)
  // Suspects by another index than the one that has the order of the page.
  const arrived = only.suspect ? '+arrived_at' : 'arrived_at'
  const by = isOldest ? `${arrived}, token` : `${arrived} desc, token desc`
  const parts = (only.suspect ? [suspects] : termsOf(only.status)).map(
    (term) =>
      `select * from (select ${rowColumns} from pw_tokens
         where ${[term, ...conditions].join(' and ')} order by ${by} limit 0 + @limit)`,
  )
  const found = prepared<object, RowCells>(db, `${parts.join(' union all ')} order by ${by} limit 0 + @limit`)
    .raw()
    .all({ ...moment, ...start, queue: ref, tag: only.tag, limit: limit + 1 })
  const cells = found.slice(0, limit)
  const last = cells.at(-1)
  const next = found.length > limit && last ? cursorAfter({ at: last[13], token: last[0] }) : undefined
  return { rows: cells.map((each): Row => rowOf(each, moment)), next }
}
