import { hostname } from 'node:os'
import type { Declaration, Deploy, QueueSpec } from '../../queue/backend.ts'
import { refuseOlder } from '../../queue/older-deploy.ts'
import { nameIsTaken } from '../../queue/refusals.ts'
import type { Connection } from './connection.ts'
import { reclaimVoid } from './expiry.ts'
import { moveMessages, type OldQueue } from './heirs.ts'
import { type Ledger, settle } from './ledger.ts'
import { prepared } from './prepared.ts'
import { createTable } from './queue-schema.ts'
import { tableName } from './table-name.ts'
import { makeViews } from './views.ts'

/** What a declaration has found or made. */
export interface Declared {
  readonly deploy: number
  /** The refs of the queues by name: to be bound once the transaction is committed. */
  readonly refs: ReadonlyMap<string, number>
}

/** Makes the queues of a workflow as the contract says, in the transaction that is open. */
export function declare(db: Connection, ledger: Ledger, declaration: Declaration): Declared {
  const { workflow, queues: specs, fingerprint } = declaration
  ledger.turn.dirty = true
  settle(ledger)
  refuseTwins(db, declaration)
  const old = prepared<[string], OldQueue>(
    db,
    'select ref, name, table_name as "table", paused, retired from pw_queues where workflow = ? order by ref',
  ).all(workflow)
  const queues = old.filter(({ retired }) => !retired).map(({ name }) => name)
  refuseOlder(declaration, { deploys: deploysOf(db, workflow), queues })
  for (const queue of old) rename(db, specs, { queue, old })
  const anew = specs.filter((spec) => !keepQueue(db, spec))
  if (anew.length > 0) makeQueues(db, anew, { workflow, at: ledger.turn.now })
  for (const queue of old) retire(db, ledger, { queue, specs, workflow })
  ledger.registry.redeclared()
  for (const table of ledger.registry.all(workflow)) {
    reclaimVoid(ledger, table)
    ledger.turn.tell(table)
  }
  const refs = new Map(specs.map(({ name }) => [name, ledger.registry.table(name).entry.ref]))
  return { deploy: deployOf(db, { workflow, fingerprint, at: ledger.turn.now }), refs }
}

/** The specs that the messages of `queue` may go to; the one of its own name first. */
function heirsOf(queue: OldQueue, specs: readonly QueueSpec[]): readonly QueueSpec[] {
  const same = specs.filter((spec) => spec.name === queue.name)
  return [...same, ...specs.filter((spec) => spec.name !== queue.name && spec.was?.includes(queue.name))]
}

// A queue with one heir that is not there yet keeps its table, so that a process which still runs the older
// version goes on undisturbed.
function rename(
  db: Connection,
  specs: readonly QueueSpec[],
  { queue, old }: { queue: OldQueue; old: readonly OldQueue[] },
) {
  const heirs = heirsOf(queue, specs)
  const [heir] = heirs
  if (!heir || heirs.length > 1 || heir.name === queue.name) return
  if (old.some(({ name }) => name === heir.name)) return
  const claimed = prepared<[string], number>(db, 'select 1 from pw_queues where name = ?').get(heir.name)
  if (!claimed)
    prepared<unknown[], never>(db, 'update pw_queues set name = ? where ref = ?').run(heir.name, queue.ref)
}

/** Keeps a queue that is there, with what is new about it. Returns whether there is one. */
function keepQueue(db: Connection, { name, role, tags }: QueueSpec): boolean {
  const isThere = prepared<[string], number>(db, 'select 1 from pw_queues where name = ?').pluck()
  if (!isThere.get(name)) return false
  prepared<object, never>(
    db,
    `update pw_queues set role = @role, tags = @tags, retired = 0
       where name = @name and (role, tags, retired) is not (@role, @tags, 0)`,
  ).run({ name, role, tags: textOf(tags) })
  return true
}

function makeQueues(
  db: Connection,
  specs: readonly QueueSpec[],
  { workflow, at }: { readonly workflow: string; readonly at: number },
): void {
  // Once for all of them: it reads the whole schema.
  const taken = new Set(prepared<[], string>(db, 'select name from sqlite_schema').pluck().all())
  const madeBy = `${hostname()}:${process.pid}`
  for (const { name, role, tags } of specs) {
    const table = tableName(name, (each) => taken.has(each))
    taken.add(table)
    db.exec(createTable(table))
    prepared<unknown[], never>(
      db,
      `insert into pw_queues (name, table_name, workflow, role, tags, made_by, made_at) values (?, ?, ?, ?, ?, ?, ?)`,
    ).run(name, table, workflow, role, textOf(tags), madeBy, at)
  }
  makeViews(db)
}

function textOf(tags: QueueSpec['tags']): string | null {
  return tags ? JSON.stringify(tags) : null
}

// Moves what waits in a queue that is gone or split to its heirs. Throws a ConflictError if something has none.
function retire(
  db: Connection,
  ledger: Ledger,
  { queue, specs, workflow }: { queue: OldQueue; specs: readonly QueueSpec[]; workflow: string },
) {
  const name = prepared<[number], string>(db, 'select name from pw_queues where ref = ?')
    .pluck()
    .get(queue.ref)!
  const renamed = name !== queue.name
  const heirs = heirsOf(queue, specs)
  if (renamed || (heirs.length === 1 && heirs[0]!.name === name)) return
  moveMessages(db, ledger, { queue, heirs, workflow })
  if (heirs[0]?.name !== name)
    prepared<unknown[], never>(db, 'update pw_queues set retired = 1 where ref = ?').run(queue.ref)
}

function refuseTwins(db: Connection, { workflow, queues }: Declaration): void {
  const other = prepared<[string, string], string>(
    db,
    'select workflow from pw_queues where name = ? and workflow <> ?',
  ).pluck()
  const seen = new Set<string>()
  for (const { name } of queues) {
    const owner = seen.has(name) ? workflow : other.get(name, workflow)
    seen.add(name)
    if (owner !== undefined) throw nameIsTaken(name, { workflow, owner })
  }
}

/** The versions of `workflow` that have been declared. */
export function deploysOf(db: Connection, workflow: string): readonly Deploy[] {
  return prepared<[string], Deploy>(
    db,
    'select deploy, fingerprint, declared_at as declaredAt from pw_deploys where workflow = ?',
  ).all(workflow)
}

function deployOf(
  db: Connection,
  { workflow, fingerprint, at }: { workflow: string; fingerprint: string; at: number },
) {
  db.prepare(
    `insert into pw_deploys (workflow, fingerprint, deploy, declared_at)
     select @workflow, @fingerprint, coalesce(max(deploy), 0) + 1, @at from pw_deploys where workflow = @workflow
     on conflict do nothing`,
  ).run({ workflow, fingerprint, at })
  return db
    .prepare<[string, string], number>('select deploy from pw_deploys where workflow = ? and fingerprint = ?')
    .pluck()
    .get(workflow, fingerprint)!
}
