import { checkDeclaration } from '../../../queue/check-declaration.ts'
import type { Declaration, QueueSpec } from '../../../queue/declaration.ts'
import { isOlder, refuseOlder } from '../../../queue/older-deploy.ts'
import { isTwice, nameIsTaken } from '../../../queue/refusals.ts'
import {
  heirsOf,
  noSuccession,
  renamedTo,
  type Succession,
  successionAfter,
} from '../../../queue/succession.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import { refuseClosed } from '../house/state.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import { declareGates } from './declare-gates.ts'
import { createLost, insertQueues, keepQueue } from './declared-queues.ts'
import { deployOf, deploysOf } from './deploys.ts'
import { moveMessages } from './heirs.ts'
import { renameGates } from './rename-gates.ts'
import { settleHeirs } from './retiring.ts'

/** What a declaration has found or made. */
export interface Declared {
  readonly deploy: number
  /** The numbers of the queues by name: to be bound once the transaction is committed. */
  readonly refs: ReadonlyMap<string, number>
  /** The name of the inbox; undefined if an older version is declared, and there is none. */
  readonly inbox: string | undefined
}

/** Makes the queues of a workflow as the contract says, in a transaction that is alone. */
export async function declare(open: OpenTransaction, declaration: Declaration): Promise<Declared> {
  checkDeclaration(declaration)
  const { workflow, queues: specs, fingerprint } = declaration
  await refuseClosed(open.rows)
  const queues = await open.reread()
  const old = queues.all.filter((queue) => queue.workflow === workflow)
  refuseTwins(queues, declaration)
  const live = old.filter(({ isRetired }) => !isRetired).map(({ name }) => name)
  const before = { deploys: await deploysOf(open, workflow), queues: live, shares: sharesOf(old) }
  refuseOlder(declaration, before)
  let inbox: string | undefined
  if (isOlder(declaration, before)) await refuseToHide(open, declaration, old)
  else {
    if (!isUnchanged(specs, old)) await redeclare(open, declaration, old)
    await declareGates(open, declaration)
    inbox = await createLost(open, workflow)
  }
  const names = await open.reread()
  for (const queue of names.live(workflow)) open.notify(queue)
  const refs = new Map(specs.map(({ name }) => [name, names.named(name)!.ref]))
  return { deploy: await deployOf(open, { workflow, fingerprint }), refs, inbox }
}

// Most declarations are those of processes that start again.
function isUnchanged(specs: readonly QueueSpec[], old: readonly QueueEntry[]): boolean {
  const known = new Map(old.map((queue) => [queue.name, queue]))
  return (
    specs.length === old.length &&
    specs.every(({ name, role, tags, was = [], values = 'turns' }) => {
      const queue = known.get(name)
      if (!queue || queue.isRetired || queue.heirs) return false
      const isSame =
        queue.role === role && queue.values === values && JSON.stringify(queue.tags) === JSON.stringify(tags)
      return isSame && !was.some((each) => known.has(each))
    })
  )
}

async function redeclare(
  open: OpenTransaction,
  declaration: Declaration,
  old: readonly QueueEntry[],
): Promise<void> {
  const { workflow, queues: specs } = declaration
  const renamed = await rename(open, declaration, old)
  const known = new Map(old.map((queue) => [renamed.get(queue) ?? queue.name, queue]))
  const anew = specs.filter(({ name }) => !known.has(name))
  for (const spec of specs) await keepQueue(open, spec, known.get(spec.name))
  await insertQueues(open, anew, workflow)
  await open.rows(
    'delete from pw_names where name = any($1::text[])',
    specs.map(({ name }) => name),
  )
  await open.rows('update pw_meta set registry = registry + 1')
  await open.reread()
  // Queues that come back were empty, so they are as new ones.
  const back = old.filter(({ isRetired }) => isRetired).map(({ name }) => name)
  const added = new Set([...anew.map(({ name }) => name), ...back])
  const after = successionAfter(specs, successionBefore(old))
  for (const queue of old)
    if (!renamed.has(queue)) await settleHeirs(open, { queue, declaration, after, added })
  await open.reread()
}

// By the names that queues had.
function successionBefore(old: readonly QueueEntry[]): Succession<string> {
  const find = (name: string) => old.find((queue) => queue.name === name)
  const nameOf = (ref: number) => old.find((queue) => queue.ref === ref)?.name
  return {
    heirs: (name) => find(name)?.heirs?.flatMap((ref) => nameOf(ref) ?? []),
    accepts: (name, tag) => tag !== undefined && find(name)?.tags?.includes(tag) === true,
    isRetired: (name) => find(name)?.isRetired === true,
  }
}

function sharesOf(old: readonly QueueEntry[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map(old.map(({ ref, name }) => [ref, name]))
  const shared = old.filter(({ heirs, isRetired }) => heirs && !isRetired)
  return new Map(shared.map(({ name, heirs }) => [name, heirs!.map((ref) => names.get(ref)!)]))
}

// Messages in a queue that this version does not have would be stuck if all processes of newer versions have ended.
async function refuseToHide(
  open: OpenTransaction,
  { workflow, queues: specs }: Declaration,
  old: readonly QueueEntry[],
): Promise<void> {
  for (const queue of old)
    if (!queue.isRetired && heirsOf(queue.name, specs).length === 0)
      await moveMessages(open, { queue, workflow, after: noSuccession })
}

// A queue with one heir that does not exist yet keeps its number, so that a process which still runs the older
// version goes on undisturbed.
async function rename(
  open: OpenTransaction,
  declaration: Declaration,
  old: readonly QueueEntry[],
): Promise<ReadonlyMap<QueueEntry, string>> {
  const [live, retired] = [false, true].map((is) =>
    old.filter((queue) => queue.isRetired === is).map(({ name }) => name),
  ) as [string[], string[]]
  const renamed = new Map<QueueEntry, string>()
  for (const queue of old) {
    const heir = queue.isRetired ? undefined : renamedTo(queue.name, declaration, { live, retired })
    if (!heir) continue
    await open.rows('update pw_queues set name = $1, heirs = null where ref = $2', heir.name, queue.ref)
    await open.rows(
      'insert into pw_names (name, ref) values ($1, $2) on conflict (name) do update set ref = excluded.ref',
      queue.name,
      queue.ref,
    )
    await renameGates(open, queue.name, heir.name)
    renamed.set(queue, heir.name)
  }
  return renamed
}

function refuseTwins(names: QueueNames, { workflow, queues }: Declaration): void {
  const seen = new Set<string>()
  for (const { name } of queues) {
    if (seen.has(name)) throw isTwice(name, workflow)
    seen.add(name)
    const owner = names.all.find((queue) => queue.name === name)?.workflow
    if (owner !== undefined && owner !== workflow) throw nameIsTaken(name, { workflow, owner })
  }
}
