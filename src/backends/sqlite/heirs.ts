import type { QueueSpec } from '../../queue/declaration.ts'
import { haveNoHeir } from '../../queue/refusals.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'
import { fieldOf, unleased } from './queue-schema.ts'

/** A queue of the workflow as the file has it before the declaration. */
export interface OldQueue {
  readonly ref: number
  readonly name: string
  readonly table: string
  readonly paused: number
  readonly retired: number
  /** The refs of those that take over what is pushed into it, as JSON text; null if it takes all itself. */
  readonly heirs: string | null
}

interface Move {
  readonly queue: OldQueue
  /** Who may take over what waits in it: by tag, if there are several. */
  readonly heirs: readonly QueueSpec[]
  readonly workflow: string
}

const columns = `token, id, hop, value, status, suspect, alone, priority, attempts, crashes, lease, deploy, entered_at, frames,
  parent, owner, until, lease_ms, deadline, due, error, progress, leased_at`

const tag = fieldOf('value', 'tag')

/**
 * Moves messages to the tables of their heirs, as they are. What is leased is given back before, uncharged: its worker is
 * of the version before, and can answer it no more. Throws a `ConflictError` if one has no heir.
 */
export function moveMessages(
  db: Connection,
  { history, turn }: Ledger,
  { queue, heirs, workflow }: Move,
): void {
  const tableOf = db.prepare<[string], string>('select table_name from pw_queues where name = ?').pluck()
  const isSplit = heirs.length > 1
  // The first heir that accepts a tag gets it, so each moves only what no heir before it has kept.
  const before: string[] = []
  for (const heir of heirs) {
    const target = tableOf.get(heir.name)!
    const accepts = isSplit ? JSON.stringify((heir.tags ?? []).filter((tag) => !before.includes(tag))) : null
    before.push(...(heir.tags ?? []))
    if (target === queue.table) continue
    const where = `@tags is null or ${tag} in (select value from json_each(@tags))`
    const released = db
      .prepare<[{ tags: string | null }], { token: number; hop: number }>(
        `update ${queue.table} set status = 'ready', ${unleased} where status = 'leased' and (${where})
         returning token, hop`,
      )
      .all({ tags: accepts })
    for (const { token, hop } of released)
      history.add({ at: turn.now, token, hop, queue: queue.ref }, 'released', {})
    db.prepare(
      `insert into ${target} (${columns}) select ${columns} from ${queue.table} where ${where} order by token`,
    ).run({ tags: accepts })
    db.prepare(`delete from ${queue.table} where ${where}`).run({ tags: accepts })
  }
  if (heirs[0]?.name !== queue.name) refuseStrays(db, { queue, heirs, workflow })
}

/** Throws a `ConflictError` if something is left in `queue`. */
export function refuseStrays(db: Connection, { queue, heirs, workflow }: Move): void {
  const count = db.prepare<[], number>(`select count(*) from ${queue.table}`).pluck().get()!
  if (count === 0) return
  const tags = db
    .prepare<[], string | null>(`select distinct ${tag} from ${queue.table} limit 5`)
    .pluck()
    .all()
    .map((tag) => tag ?? undefined)
  throw haveNoHeir(queue.name, { workflow, count, tags: heirs.length > 0 ? tags : undefined })
}
