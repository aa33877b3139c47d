import type { QueueSpec } from '../../../queue/declaration.ts'
import { haveNoHeir } from '../../../queue/refusals.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { prepared } from '../tables/prepared.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { fieldOf, inLineOf, unleased } from '../tables/schema.ts'

/** A queue of the workflow as the file has it before the declaration. */
export interface OldQueue extends QueueEntry {
  readonly paused: number
}

interface Move {
  readonly queue: OldQueue
  /** Which queues may take over what waits in it: by tag, if there are several. */
  readonly heirs: readonly QueueSpec[]
  readonly workflow: string
}

const tag = fieldOf('value', 'tag')
const isMoved = `(@tags is null or ${tag} in (select value from json_each(@tags)))`
const inLine = inLineOf('@from')

interface Leaving {
  readonly from: number
  readonly tags: string | null
}

/**
 * Moves messages to their heirs, as they are. What is leased is given back before, uncharged: its worker is of the version
 * before, and can answer it no more. Throws a `ConflictError` if one has no heir.
 */
export function moveMessages(
  db: Connection,
  open: OpenTransaction,
  { queue, heirs, workflow }: Move,
): void {
  open.settle()
  const isSplit = heirs.length > 1
  // The first heir that accepts a tag gets it, so each moves only what no heir before it has kept.
  const before: string[] = []
  for (const heir of heirs) {
    const to = open.registry.find(heir.name)!
    const tags = isSplit ? JSON.stringify((heir.tags ?? []).filter((tag) => !before.includes(tag))) : null
    before.push(...(heir.tags ?? []))
    if (to === queue.ref) continue
    release(db, open, queue, { from: queue.ref, tags })
    prepared<[Leaving & { to: number }], never>(
      db,
      `update pw_tokens set queue = @to where token in (select token from pw_tokens where ${inLine} and ${isMoved})`,
    ).run({ from: queue.ref, tags, to })
  }
  if (heirs[0]?.name !== queue.name) refuseStrays(db, open, { queue, heirs, workflow })
}

function release(db: Connection, open: OpenTransaction, queue: OldQueue, leaving: Leaving): void {
  const released = prepared<[Leaving], { token: number; hop: number }>(
    db,
    `update pw_tokens set status = 'ready', progress = null, ${unleased}
     where status = 'leased' and queue = @from and ${isMoved} returning token, hop`,
  ).all(leaving)
  for (const each of released) open.line(each, queue, 'released', {})
}

/** Throws a `ConflictError` if something is left in `queue`. */
export function refuseStrays(db: Connection, open: OpenTransaction, { queue, heirs, workflow }: Move): void {
  open.settle()
  const from = `from (select value from pw_tokens where ${inLine}
    union all select value from pw_tokens where status = 'leased' and queue = @from)`
  const here = { from: queue.ref }
  const count = prepared<[typeof here], number>(db, `select count(*) ${from}`).pluck().get(here)!
  if (count === 0) return
  const tags = prepared<[typeof here], string | null>(db, `select distinct ${tag} ${from} limit 5`)
    .pluck()
    .all(here)
    .map((tag) => tag ?? undefined)
  throw haveNoHeir(queue.name, { workflow, count, tags: heirs.length > 0 ? tags : undefined })
}
