import { haveNoHeir } from '../../queue/refusals.ts'
import { type Succession, takerOf } from '../../queue/succession.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { fieldOf, unleased } from './queue-schema.ts'

/** A queue of the workflow as the file has it before the declaration. */
export interface OldQueue {
  readonly ref: number
  readonly name: string
  readonly table: string
  /** The tags that it accepts, as JSON text; null if its values are no states. */
  readonly tags: string | null
  readonly paused: number
  readonly retired: number
  /** The refs of those that take over what is pushed into it, as JSON text; null if it takes all itself. */
  readonly heirs: string | null
}

interface Move {
  readonly queue: OldQueue
  readonly workflow: string
  /** Who takes over what, by the names of queues. */
  readonly after: Succession<string>
}

const columns = `token, id, hop, value, status, suspect, alone, priority, attempts, crashes, lease, deploy, entered_at, frames,
  parent, owner, until, lease_ms, deadline, due, error, progress, leased_at`

/** The SQL for the tag of the state in a row of `table`. */
const tagIn = (table: string) => fieldOf(`${table}.value`, 'tag')
/** The SQL for whether a row of `table` has one of @tags, or none if null is among them. */
const isMoved = (table: string) =>
  `exists (select 1 from json_each(@tags) each where each.value is ${tagIn(table)})`

/**
 * Moves messages to the tables of those that take them over, as they are. What is leased is given back before, uncharged:
 * its worker is of the version before, and can answer it no more. Throws a `ConflictError` if nothing takes one of them over.
 */
export function moveMessages(db: Connection, ledger: Ledger, { queue, workflow, after }: Move): void {
  const tags = db
    .prepare<[], string | null>(`select distinct ${tagIn(queue.table)} from ${queue.table}`)
    .pluck()
    .all()
  const takers = tags.map((each) => [each, takerOf(queue.name, each ?? undefined, after)] as const)
  const strays = takers.flatMap(([each, taker]) => (taker === undefined ? [each ?? undefined] : []))
  if (strays.length > 0) {
    const count = db.prepare<[], number>(`select count(*) from ${queue.table}`).pluck().get()!
    const hasHeirs = after.heirs(queue.name)?.length !== 0
    throw haveNoHeir(queue.name, { workflow, count, tags: hasHeirs ? strays.slice(0, 5) : undefined })
  }
  for (const taker of new Set(takers.map(([, taker]) => taker!)))
    if (taker !== queue.name)
      moveTo(db, ledger, {
        queue,
        taker,
        tags: JSON.stringify(takers.flatMap(([each, to]) => (to === taker ? [each] : []))),
      })
}

function moveTo(
  db: Connection,
  { history, turn }: Ledger,
  { queue, taker, tags }: { readonly queue: OldQueue; readonly taker: string; readonly tags: string },
): void {
  const target = db
    .prepare<[string], string>('select table_name from pw_queues where name = ?')
    .pluck()
    .get(taker)!
  const released = db
    .prepare<[{ tags: string }], { token: number; hop: number }>(
      `update ${queue.table} set status = 'ready', ${unleased} where status = 'leased' and ${isMoved(queue.table)}
       returning token, hop`,
    )
    .all({ tags })
  for (const { token, hop } of released)
    history.add({ at: turn.now, token, hop, queue: queue.ref }, 'released', {})
  db.prepare(
    `insert into ${target} (${columns}) select ${columns} from ${queue.table} where ${isMoved(queue.table)} order by token`,
  ).run({ tags })
  db.prepare(`delete from ${queue.table} where ${isMoved(queue.table)}`).run({ tags })
}
