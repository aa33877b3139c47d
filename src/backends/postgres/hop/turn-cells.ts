import { termOf } from '../../../queue/rules/stay.ts'
import type { PlainHop } from './plain-hop.ts'
import type { PlainLease } from './plain-lease.ts'
import type { PlainPush } from './plain-push.ts'

/*
 * What `pw_turn` is told, in the order of its parameters: arrays by column. Tokens in one order everywhere, so that no two turns wait for
 * each other: the caller has sorted them.
 */

/** Of hops. */
export function cellsOfHops(hops: readonly PlainHop[]): readonly unknown[] {
  return [
    hops.map(({ token }) => token),
    hops.map(({ from }) => from.ref),
    hops.map(({ pop }) => pop.hop),
    hops.map(({ pop }) => pop.lease),
    hops.map(({ to }) => to.ref),
    hops.map(({ push }) => push.token.hop),
    hops.map(({ value }) => value),
    hops.map(({ frames }) => frames),
    hops.map(({ push }) => push.token.priority),
    hops.map(({ push }) => push.token.deploy),
    delaysOf(hops),
    hops.map(({ to }) => to.role === 'output'),
    hops.map(({ pop }) => pop.attempt ?? null),
    hops.map(({ pop }) => pop.workMs ?? null),
    hops.map(({ pop }) => pop.owner ?? null),
    hops.map(({ pop, push }) => pop.deploy ?? push.token.deploy),
    hops.map(({ pop }) => pop.id),
    ...cellsOfRecords(hops),
    keysOf(hops),
  ]
}

/** Of tokens that enter. */
export function cellsOfEntries(entries: readonly PlainPush[]): readonly unknown[] {
  return [
    entries.map(({ to }) => to.ref),
    entries.map(({ to }) => to.workflow),
    entries.map(({ push }) => push.token.id),
    turnsOf(entries),
    entries.map(({ value }) => value),
    entries.map(({ frames }) => frames),
    entries.map(({ push }) => push.token.priority),
    entries.map(({ push }) => push.token.deploy),
    delaysOf(entries),
    entries.map(({ push }) => push.traceparent ?? null),
    entries.map(({ to }) => to.values !== 'none'),
    ...cellsOfRecords(entries),
    keysOf(entries),
  ]
}

// Of each message its turn in its queue: by priority, then as they come. Those that wait have none.
function turnsOf(entries: readonly PlainPush[]): readonly (number | null)[] {
  const turns = entries.map((): number | null => null)
  const last = new Map<number, number>()
  const priorityOf = (i: number) => entries[i]!.push.token.priority
  for (const i of [...entries.keys()].sort((a, b) => priorityOf(a) - priorityOf(b))) {
    const { push, to } = entries[i]!
    if (push.delayMs) continue
    const turn = (last.get(to.ref) ?? 0) + 1
    last.set(to.ref, turn)
    turns[i] = turn
  }
  return turns
}

function delaysOf(pushes: readonly PlainPush[]): readonly (number | null)[] {
  return pushes.map(({ push: { delayMs = 0 } }) => (delayMs > 0 ? Math.ceil(delayMs) : null))
}

function cellsOfRecords(pushes: readonly PlainPush[]): readonly unknown[] {
  if (!pushes.some(({ record }) => record)) return [[], [], []]
  return [
    pushes.map(({ record }) => record?.workflow ?? null),
    pushes.map(({ record }) => record?.key ?? null),
    pushes.map(({ record }) => (record ? Math.ceil(record.forMs!) : null)),
  ]
}

// None at all where none goes to a queue with lanes.
function keysOf(pushes: readonly PlainPush[]): readonly (string | null)[] {
  if (!pushes.some(({ to }) => to.keyed)) return []
  return pushes.map(({ to, push: { key = '' } }) => (to.keyed ? key : null))
}

/** Of leases. */
export function cellsOfLeases(leases: readonly PlainLease[]): readonly unknown[] {
  const moment = { now: 0, elapsed: 0 }
  const terms = leases.map(({ request }) => termOf(request, moment))
  return [
    leases.map(({ queue }) => queue.ref),
    leases.map(({ request }) => request.limit ?? 1),
    leases.map(({ request }) => request.suspects ?? 'include'),
    leases.map(({ request }) => request.owner),
    terms.map(({ leaseMs }) => leaseMs),
    terms.map(({ deadline }) => deadline),
    leases.map(({ request }) => request.alone ?? false),
    leases.map(({ pass }) => pass ?? null),
  ]
}
