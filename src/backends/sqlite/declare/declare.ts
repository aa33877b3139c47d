import { checkDeclaration } from '../../../queue/check-declaration.ts'
import type { Declaration, QueueSpec } from '../../../queue/declaration.ts'
import { isOlder, refuseOlder } from '../../../queue/older-deploy.ts'
import { isTwice, nameIsTaken } from '../../../queue/refusals.ts'
import { renameGates } from '../../../queue/rules/declared-gates.ts'
import {
  heirsOf,
  noSuccession,
  renamedTo,
  type Succession,
  successionAfter,
} from '../../../queue/succession.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Connection } from '../file/connection.ts'
import { schemaVersion } from '../file/migrations.ts'
import { refuseMigrated } from '../file/version.ts'
import { refuseClosed } from '../house/closing.ts'
import { reclaimVoid } from '../lease/reclaim.ts'
import { jsonText } from '../tables/json-text.ts'
import { prepared } from '../tables/prepared.ts'
import { accepts, type QueueEntry } from '../tables/queue-entry.ts'
import type { Registry } from '../tables/registry.ts'
import { declareGates } from './declare-gates.ts'
import { createLost, insertQueues, keepQueue } from './declared-queues.ts'
import { deployOf, deploysOf } from './deploys.ts'
import { moveMessages } from './heirs.ts'
import { settleHeirs } from './retiring.ts'

/** What a declaration has found or made. */
export interface Declared {
  readonly deploy: number
  /** The refs of the queues by name: to be bound once the transaction is committed. */
  readonly refs: ReadonlyMap<string, number>
}

/** Makes the queues of a workflow as the contract says, in the transaction that is open. */
export function declare(db: Connection, open: OpenTransaction, declaration: Declaration): Declared {
  const { workflow, queues: specs, fingerprint } = declaration
  const { registry } = open
  checkDeclaration(declaration)
  refuseMigrated(db, schemaVersion)
  refuseClosed(db)
  open.changed()
  refuseTwins(db, declaration)
  const old = prepared<[string], QueueEntry>(
    db,
    `select ref, name, view, workflow, role, keeps as "values", tags, retired, heirs, behind, gated, holding, keyed
       from pw_queues where workflow = ? order by ref`,
  ).all(workflow)
  const queues = old.filter(({ retired }) => !retired).map(({ name }) => name)
  const before = { deploys: deploysOf(db, workflow), queues, shares: sharesOf(old) }
  refuseOlder(declaration, before)
  if (isOlder(declaration, before)) refuseToHide(db, open, { declaration, old })
  else {
    if (!isUnchanged(specs, old)) redeclare(db, open, declaration, old)
    declareGates(db, open, declaration)
    createLost(db, workflow)
  }
  reclaimVoid(open, workflow)
  for (const queue of registry.all(workflow)) open.notify(queue)
  const refs = new Map(specs.map(({ name }) => [name, registry.find(name)!]))
  return { deploy: deployOf(db, { workflow, fingerprint, at: open.now }), refs }
}

// Most declarations are those of processes that start again.
function isUnchanged(specs: readonly QueueSpec[], old: readonly QueueEntry[]): boolean {
  const known = new Map(old.map((queue) => [queue.name, queue]))
  return (
    specs.length === old.length &&
    specs.every(({ name, role, tags, was = [], values = 'turns' }) => {
      const queue = known.get(name)
      if (queue?.retired !== 0 || queue.heirs !== null) return false
      const isSame = queue.role === role && queue.values === values && queue.tags === jsonText(tags)
      return isSame && !was.some((each) => known.has(each))
    })
  )
}

function redeclare(
  db: Connection,
  open: OpenTransaction,
  declaration: Declaration,
  old: readonly QueueEntry[],
): void {
  const { workflow, queues: specs } = declaration
  const { registry } = open
  const renamed = rename(db, open, declaration, old)
  const known = new Map(old.map((queue) => [renamed.get(queue) ?? queue.name, queue]))
  const anew = specs.filter(({ name }) => !known.has(name))
  for (const spec of specs) keepQueue(db, spec, known.get(spec.name))
  insertQueues(db, anew, { workflow, at: open.now })
  registry.former.give(specs.map(({ name }) => name))
  prepared<[], never>(db, 'update pw_declared set times = times + 1').run()
  registry.redeclared()
  // Queues that come back were empty, so they are as new ones.
  const back = old.filter(({ retired }) => retired).map(({ name }) => name)
  const added = new Set([...anew.map(({ name }) => name), ...back])
  const after = successionAfter(specs, successionBefore(registry, old))
  for (const queue of old)
    if (!renamed.has(queue)) settleHeirs(db, open, { queue, declaration, after, added })
}

// By the names that queues have now.
function successionBefore(registry: Registry, old: readonly QueueEntry[]): Succession<string> {
  const find = (name: string) => old.find((queue) => queue.name === name)
  return {
    heirs(name) {
      const queue = find(name)
      return queue && registry.heirsOf(queue)?.map((heir) => heir.name)
    },
    accepts(name, tag) {
      const queue = find(name)
      return queue !== undefined && accepts(queue, tag)
    },
    isRetired: (name) => find(name)?.retired === 1,
  }
}

function sharesOf(old: readonly QueueEntry[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map(old.map(({ ref, name }) => [ref, name]))
  const shared = old.filter(({ heirs, retired }) => heirs !== null && !retired)
  return new Map(
    shared.map(({ name, heirs }) => [name, (JSON.parse(heirs!) as number[]).map((ref) => names.get(ref)!)]),
  )
}

// Messages in a queue that this version does not have would be stuck if all processes of newer versions have ended.
function refuseToHide(
  db: Connection,
  open: OpenTransaction,
  { declaration, old }: { readonly declaration: Declaration; readonly old: readonly QueueEntry[] },
): void {
  const { workflow, queues: specs } = declaration
  for (const queue of old)
    if (!queue.retired && heirsOf(queue.name, specs).length === 0)
      moveMessages(db, open, { queue, workflow, after: noSuccession })
}

// A queue with one heir that does not exist yet keeps its number, so that a process which still runs the older
// version goes on undisturbed.
function rename(
  db: Connection,
  { registry, gates }: OpenTransaction,
  declaration: Declaration,
  old: readonly QueueEntry[],
): ReadonlyMap<QueueEntry, string> {
  const [live, retired] = [0, 1].map((is) =>
    old.filter((queue) => queue.retired === is).map(({ name }) => name),
  ) as [string[], string[]]
  const renamed = new Map<QueueEntry, string>()
  for (const queue of old) {
    const heir = queue.retired ? undefined : renamedTo(queue.name, declaration, { live, retired })
    if (!heir) continue
    prepared<unknown[], never>(db, 'update pw_queues set name = ?, heirs = null where ref = ?').run(
      heir.name,
      queue.ref,
    )
    registry.former.keep(queue.name, queue.ref)
    renameGates(gates, queue.name, heir.name)
    renamed.set(queue, heir.name)
  }
  return renamed
}

function refuseTwins(db: Connection, { workflow, queues }: Declaration): void {
  const others = prepared<[string, string], { name: string; workflow: string }>(
    db,
    'select name, workflow from pw_queues where workflow <> ? and name in (select value from json_each(?))',
  ).all(workflow, JSON.stringify(queues.map(({ name }) => name)))
  const owners = new Map(others.map(({ name, workflow }) => [name, workflow]))
  const seen = new Set<string>()
  for (const { name } of queues) {
    if (seen.has(name)) throw isTwice(name, workflow)
    seen.add(name)
    const owner = owners.get(name)
    if (owner !== undefined) throw nameIsTaken(name, { workflow, owner })
  }
}
