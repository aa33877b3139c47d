import type { QueueCount } from '../../queue/backend.ts'
import { cursorOf } from '../../queue/check-question.ts'
import type { Moment } from '../../queue/lapse.ts'
import type { Page, Row, Status } from '../../queue/rows.ts'
import type { Connection } from './connection.ts'
import { prepared } from './prepared.ts'
import { fieldOf, oldestOf, type QueueEntry } from './queue-schema.ts'
import { type RowCells, rowColumns, rowOf } from './row.ts'
import type { Spare } from './spare.ts'

/** The message `id` of a queue. */
export function getRow(db: Connection, { table, workflow }: QueueEntry, id: string): RowCells | undefined {
  const token = '(select ref from pw_tokens where id = ? and workflow = ?)'
  return prepared<[string, string], RowCells>(db, `select ${rowColumns} from ${table} where token = ${token}`)
    .raw()
    .get(id, workflow)
}

/** One page of a queue at `moment`, in the order in which the tokens entered the workflow. */
export function listRows(
  db: Connection,
  entry: QueueEntry,
  { page, moment }: { page: Page; moment: Moment },
) {
  const { after, limit = 100, order = 'oldest', only = {} } = page
  const oldest = order === 'oldest'
  const conditions = [`token ${oldest ? '>' : '<'} @start`]
  if (only.status !== undefined) conditions.push(`(${whichAre[only.status].join(' or ')})`)
  if (only.suspect) {
    const isPaused = `(select paused from pw_queues where ref = ${entry.ref})`
    conditions.push(`status = 'ready' and suspect = 1 and not ${isPaused}`)
  }
  if (only.tag !== undefined) conditions.push(`${fieldOf('value', 'tag')} = @tag`)
  // Suspects are looked for every second, and few: without the hint SQLite would walk all that are ready.
  const suspectIndex = only.suspect ? `indexed by pw_${entry.table}_ready` : ''
  const start = after === undefined ? (oldest ? -1 : Number.MAX_SAFE_INTEGER) : cursorOf(entry.name, after)
  const found = prepared<object, RowCells>(
    db,
    `select ${rowColumns} from ${entry.table} ${suspectIndex} where ${conditions.join(' and ')}
       order by token ${oldest ? 'asc' : 'desc'} limit 0 + @limit`,
  )
    .raw()
    .all({ ...moment, start, tag: only.tag, limit: limit + 1 })
  const cells = found.slice(0, limit)
  const next = found.length > limit ? String(cells.at(-1)![0]) : undefined
  return { rows: cells.map((each): Row => rowOf(each, moment)), next }
}

/**
 * The rows that have a status at @now and @elapsed, see `statusAt`: each condition of its own, so that it is counted by
 * the partial index of its status.
 */
const whichAre = {
  ready: [
    `status = 'ready'`,
    `status = 'leased' and until <= @elapsed`,
    `status = 'delayed' and due <= @now`,
  ],
  leased: [`status = 'leased' and until > @elapsed`],
  delayed: [`status = 'delayed' and due > @now`],
  dead: [`status = 'dead'`],
} as const satisfies Record<Status, readonly string[]>

interface Counted {
  readonly ready: number
  readonly leased: number
  readonly delayed: number
  readonly dead: number
  readonly oldestAt: number | null
}

interface CountedEntry extends Omit<QueueEntry, 'tags' | 'heirs'> {
  readonly paused: number
}

/** Counts of every queue at `moment` whose table can be read; retired ones only while something is in them. */
export function countQueues(db: Connection, moment: Moment, spare: Spare): readonly QueueCount[] {
  return countedEntries(db).flatMap((entry) => {
    const count = spare.run(entry, () => countEntry(db, moment, entry))
    if (!count) return []
    const { ready, leased, delayed, dead } = count
    return entry.retired && ready + leased + delayed + dead === 0 ? [] : [count]
  })
}

/** The counts of the queue `ref`. */
export function countQueue(db: Connection, moment: Moment, ref: number): readonly QueueCount[] {
  return countedEntries(db, ref).map((entry) => countEntry(db, moment, entry))
}

function countedEntries(db: Connection, ref?: number): readonly CountedEntry[] {
  return prepared<[{ ref: number | null }], CountedEntry>(
    db,
    `select ref, name, table_name as "table", workflow, role, paused, retired from pw_queues
       where @ref is null or ref = @ref order by ref`,
  ).all({ ref: ref ?? null })
}

function countEntry(db: Connection, moment: Moment, entry: CountedEntry): QueueCount {
  const { name: queue, workflow, role, paused } = entry
  const { oldestAt, ...counts } = countTable(db, entry.table, moment)
  const oldest = oldestAt === null ? {} : { oldestAt }
  return { queue, workflow, role, ...counts, ...oldest, paused: paused !== 0 }
}

function countTable(db: Connection, table: string, moment: Moment): Counted {
  const count = (which: string) => `(select count(*) from ${table} where ${which})`
  const counts = Object.entries(whichAre).map(
    ([status, each]) => `${each.map(count).join(' + ')} as ${status}`,
  )
  return prepared<[Moment], Counted>(db, `select ${counts.join(', ')}, ${oldestOf(table)} as oldestAt`).get(
    moment,
  )!
}
