import { checkDeclaration } from '../../queue/check-declaration.ts'
import type { Declaration, QueueSpec } from '../../queue/declaration.ts'
import { isOlder, refuseOlder } from '../../queue/older-deploy.ts'
import { haveNoHeir, isTwice, nameIsTaken } from '../../queue/refusals.ts'
import {
  closedAt,
  openRetired,
  passedOnFrom,
  renameGates,
  shutHeir,
} from '../../queue/rules/declared-gates.ts'
import type { Closed } from '../../queue/rules/gate.ts'
import { postponed } from '../../queue/rules/stay.ts'
import { endLease } from '../../queue/rules/tolls.ts'
import {
  heirsOf,
  noSuccession,
  renamedTo,
  type Succession,
  successionAfter,
  takerOf,
} from '../../queue/succession.ts'
import { declareGates } from './declare-gates.ts'
import { Draft } from './draft.ts'
import type { MemoryQueue, TokenRecord } from './memory-queue.ts'
import type { QueueNames } from './queue-names.ts'
import type { Queues } from './queues.ts'
import { tagOf } from './show-record.ts'

interface Move {
  readonly record: TokenRecord
  readonly from: MemoryQueue
  /** The name of the queue that it goes to. */
  readonly to: string
}

interface Settling {
  readonly specs: readonly QueueSpec[]
  readonly after: Succession<string>
  /** The names of the queues that were not there before. */
  readonly added: ReadonlySet<string>
  /** Those that were paused before, and by whom. */
  readonly paused: ReadonlyMap<MemoryQueue, Closed>
}

/** A queue that is paused because one was that it takes over. */
interface Shut {
  readonly name: string
  readonly reason: string
}

/** Returns the number of the deploy, and the queues in which something has become visible. */
export function declare(
  queues: Queues,
  declaration: Declaration,
): { readonly deploy: number; readonly woken: ReadonlySet<MemoryQueue> } {
  checkDeclaration(declaration)
  const { workflow } = declaration
  const live = queues.names.live(workflow)
  const shares = new Map(live.map(({ name, heirs = [] }) => [name, heirs.map((heir) => heir.name)]))
  const before = { deploys: queues.deploys(workflow), queues: live.map(({ name }) => name), shares }
  refuseOlder(declaration, before)
  const older = isOlder(declaration, before)
  if (older) refuseToHide(queues.names, declaration)
  const woken = older ? new Set<MemoryQueue>() : redeclare(queues, declaration)
  return { deploy: queues.deployOf(declaration), woken }
}

/**
 * Makes the queues as `declaration` wants them, and moves the messages of split and merged ones to where they now belong.
 * What is leased and goes to another queue is given back, uncharged. Returns the queues to which something was moved.
 * Throws `ConflictError` before anything has changed.
 */
function redeclare(queues: Queues, declaration: Declaration): ReadonlySet<MemoryQueue> {
  const { names } = queues
  const { workflow, queues: specs } = declaration
  refuseTwins(names, declaration)
  const live = names.live(workflow)
  const retired = names.retired(workflow)
  const known = { live: live.map(({ name }) => name), retired: retired.map(({ name }) => name) }
  const renamed = new Map(live.map((queue) => [queue, renamedTo(queue.name, declaration, known)]))
  const settled = [...live, ...retired].filter((queue) => !renamed.get(queue))
  const after = successionAfter(specs, names.succession)
  const moves = settled.flatMap((queue) => movesFrom(queue, after))
  const paused = new Map(
    settled.flatMap((queue) => {
      const closed = closedAt(queues.gates, queue.name, queues.clock.now())
      return closed ? [[queue, closed] as const] : []
    }),
  )
  for (const [queue, spec] of renamed) {
    if (!spec) continue
    renameGates(queues.gates, queue.name, spec.name)
    names.rename(queue, spec)
  }
  const added = new Set(specs.filter((spec) => names.keep(workflow, spec)).map(({ name }) => name))
  const shut = settled.flatMap((queue) => settle(queues, queue, { specs, after, added, paused }))
  const draft = new Draft(queues)
  declareGates(queues, draft, declaration)
  for (const { name, reason } of shut)
    draft.say({ token: 0, hop: 0, queue: names.find(name) }, 'paused', { reason })
  for (const { record, from, to } of moves)
    if (to !== from.name) move(draft, names.find(to)!, { record, from })
  return draft.publish()
}

function move(
  draft: Draft,
  to: MemoryQueue,
  { record, from }: { readonly record: TokenRecord; readonly from: MemoryQueue },
): void {
  const { token, stay } = record
  if (stay.held) {
    endLease(draft, stay, 'quiet')
    draft.line(record, from, 'released', {})
    draft.save(token, postponed(stay, { rest: { due: undefined, wait: undefined }, charge: false }))
  }
  draft.moveTo(token, to)
}

/** Throws a `ConflictError` if messages wait in a queue that no spec takes over. */
function refuseToHide(names: QueueNames, { workflow, queues: specs }: Declaration): void {
  for (const queue of names.live(workflow))
    if (heirsOf(queue.name, specs).length === 0) movesFrom(queue, noSuccession)
}

function refuseTwins(names: QueueNames, { workflow, queues: specs }: Declaration): void {
  const seen = new Set<string>()
  for (const { name } of specs) {
    if (seen.has(name)) throw isTwice(name, workflow)
    seen.add(name)
    const owner = names.named(name)?.workflow
    if (owner !== undefined && owner !== workflow) throw nameIsTaken(name, { workflow, owner })
  }
}

function movesFrom(queue: MemoryQueue, after: Succession<string>): readonly Move[] {
  const moves = [...queue.records.values()].map((record) => ({
    record,
    from: queue,
    to: takerOf(queue.name, tagOf(record), after),
  }))
  const strays = moves.filter(({ to }) => to === undefined)
  if (strays.length > 0) {
    const hasHeirs = after.heirs(queue.name)?.length !== 0
    const tags = hasHeirs ? [...new Set(strays.map(({ record }) => tagOf(record)))].slice(0, 5) : undefined
    throw haveNoHeir(queue.name, { workflow: queue.workflow, count: strays.length, tags })
  }
  return moves as readonly Move[]
}

// Moves all of a queue that is gone, or split, to its heirs; one that was left out before, and that no spec names, stays
// as it is. A retired queue is not paused, so its pause is passed on once. Returns to which heirs, and why.
function settle(
  { names, gates, clock }: Queues,
  queue: MemoryQueue,
  { specs, after, added, paused }: Settling,
): readonly Shut[] {
  const heirs = heirsOf(queue.name, specs)
  const isKept = heirs[0]?.name === queue.name
  if (queue.isRetired && heirs.length === 0) return []
  queue.heirs = after.heirs(queue.name)?.map((name) => names.find(name)!)
  const closed = paused.get(queue)
  const reason = passedOnFrom(queue.name)
  const shut = heirs.flatMap(({ name }): Shut | [] => {
    const isHeir = closed && (added.has(name) || !isKept)
    return isHeir && shutHeir(gates, name, { closed, now: clock.now() }) ? { name, reason } : []
  })
  if (isKept) return shut
  openRetired(gates, queue.name)
  names.retire(queue)
  return shut
}
