import { hostname } from 'node:os'
import { checkDeclaration } from '../../queue/check-declaration.ts'
import type { Declaration, QueueSpec } from '../../queue/declaration.ts'
import { isOlder, refuseOlder } from '../../queue/older-deploy.ts'
import { isTwice, nameIsTaken } from '../../queue/refusals.ts'
import { heirsOf, noSuccession, renamedTo, type Succession, successionAfter } from '../../queue/succession.ts'
import type { Connection } from './connection.ts'
import { deployOf, deploysOf } from './deploys.ts'
import { reclaimVoid } from './expiry.ts'
import { moveMessages, type OldQueue } from './heirs.ts'
import { type Ledger, settle } from './ledger.ts'
import { schemaVersion } from './migrations.ts'
import { prepared } from './prepared.ts'
import { accepts, createTable } from './queue-schema.ts'
import type { Registry } from './registry.ts'
import { settleHeirs } from './retiring.ts'
import { tableName } from './table-name.ts'
import { refuseMigrated } from './version.ts'
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
  const { registry, turn } = ledger
  checkDeclaration(declaration)
  refuseMigrated(db, schemaVersion)
  turn.dirty = true
  settle(ledger)
  refuseTwins(db, declaration)
  const old = prepared<[string], OldQueue>(
    db,
    'select ref, name, table_name as "table", tags, paused, retired, heirs from pw_queues where workflow = ? order by ref',
  ).all(workflow)
  const queues = old.filter(({ retired }) => !retired).map(({ name }) => name)
  const before = { deploys: deploysOf(db, workflow), queues, shares: sharesOf(old) }
  refuseOlder(declaration, before)
  if (isOlder(declaration, before)) refuseToHide(db, ledger, declaration, old)
  else redeclare(db, ledger, declaration, old)
  for (const table of registry.all(workflow)) {
    reclaimVoid(ledger, table)
    turn.tell(table)
  }
  const refs = new Map(specs.map(({ name }) => [name, registry.find(name)!]))
  return { deploy: deployOf(db, { workflow, fingerprint, at: turn.now }), refs }
}

function redeclare(db: Connection, ledger: Ledger, declaration: Declaration, old: readonly OldQueue[]): void {
  const { workflow, queues: specs } = declaration
  const { registry, turn } = ledger
  const renamed = rename(db, ledger, declaration, old)
  const isThere = prepared<[string], number>(db, 'select 1 from pw_queues where name = ?').pluck()
  const anew = specs.filter(({ name }) => !isThere.get(name))
  for (const spec of specs) if (!anew.includes(spec)) keepQueue(db, spec)
  if (anew.length > 0) makeQueues(db, anew, { workflow, at: turn.now })
  for (const { name } of specs) registry.former.give(name)
  prepared<[], never>(db, 'update pw_declared set times = times + 1').run()
  registry.redeclared()
  // Those that come back have been empty, and are as new.
  const back = old.filter(({ retired }) => retired).map(({ name }) => name)
  const added = new Set([...anew.map(({ name }) => name), ...back])
  const after = successionAfter(specs, successionBefore(registry, old))
  for (const queue of old)
    if (!renamed.has(queue)) settleHeirs(db, ledger, { queue, declaration, after, added })
}

// By the names that queues have now.
function successionBefore(registry: Registry, old: readonly OldQueue[]): Succession<string> {
  const find = (name: string) => old.find((queue) => queue.name === name)
  return {
    heirs(name) {
      const queue = find(name)
      return queue && registry.heirsOf(queue)?.map(({ entry }) => entry.name)
    },
    accepts(name, tag) {
      const queue = find(name)
      return queue !== undefined && accepts(queue, tag)
    },
    isRetired: (name) => find(name)?.retired === 1,
  }
}

function sharesOf(old: readonly OldQueue[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map(old.map(({ ref, name }) => [ref, name]))
  const shared = old.filter(({ heirs, retired }) => heirs !== null && !retired)
  return new Map(
    shared.map(({ name, heirs }) => [name, (JSON.parse(heirs!) as number[]).map((ref) => names.get(ref)!)]),
  )
}

// What waits in a queue that this version does not have would be seen by nobody if all newer ones have ended.
function refuseToHide(
  db: Connection,
  ledger: Ledger,
  { workflow, queues: specs }: Declaration,
  old: readonly OldQueue[],
): void {
  for (const queue of old)
    if (!queue.retired && heirsOf(queue.name, specs).length === 0)
      moveMessages(db, ledger, { queue, workflow, after: noSuccession })
}

// A queue with one heir that is not there yet keeps its table, so that a process which still runs the older
// version goes on undisturbed.
function rename(
  db: Connection,
  { registry }: Ledger,
  declaration: Declaration,
  old: readonly OldQueue[],
): ReadonlySet<OldQueue> {
  const [live, retired] = [0, 1].map((is) =>
    old.filter((queue) => queue.retired === is).map(({ name }) => name),
  ) as [string[], string[]]
  const renamed = new Set<OldQueue>()
  for (const queue of old) {
    const heir = queue.retired ? undefined : renamedTo(queue.name, declaration, { live, retired })
    if (!heir) continue
    prepared<unknown[], never>(db, 'update pw_queues set name = ?, heirs = null where ref = ?').run(
      heir.name,
      queue.ref,
    )
    registry.former.keep(queue.name, queue.ref)
    renamed.add(queue)
  }
  return renamed
}

/** Keeps a queue that is there, with what is new about it. */
function keepQueue(db: Connection, { name, role, tags }: QueueSpec): void {
  prepared<object, never>(
    db,
    `update pw_queues set role = @role, tags = @tags, retired = 0
       where name = @name and (role, tags, retired) is not (@role, @tags, 0)`,
  ).run({ name, role, tags: textOf(tags) })
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

function refuseTwins(db: Connection, { workflow, queues }: Declaration): void {
  const other = prepared<[string, string], string>(
    db,
    'select workflow from pw_queues where name = ? and workflow <> ?',
  ).pluck()
  const seen = new Set<string>()
  for (const { name } of queues) {
    if (seen.has(name)) throw isTwice(name, workflow)
    seen.add(name)
    const owner = other.get(name, workflow)
    if (owner !== undefined) throw nameIsTaken(name, { workflow, owner })
  }
}
