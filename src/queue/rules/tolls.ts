import type { Backend } from '../backend.ts'
import type { Fence, Pop } from '../change.ts'
import type { Toll } from '../gate.ts'
import { leaseLost, noGate } from '../refusals.ts'
import { payAt } from './admitting.ts'
import { admit, countedAt, type LeaveOutcome, leave } from './gate.ts'
import type { Post } from './gates-world.ts'
import type { Paid } from './paid.ts'
import { dueAfter, holds, type Stay } from './stay.ts'
import type { Known, RuledQueue, World } from './world.ts'

/*
 * Tolls. A lease asks each gate (admitting.ts) that its queue stands behind, for one message after the other, in their order, and pays in the
 * transaction in which it leases; after the first that does not fit at a gate nothing that asks for units there passes in this
 * lease, so that small messages do not starve a big one. What asks for none there may still pass: it holds its units already, at a
 * gate that is held until the token leaves, and the others may have to wait for it.
 * What a lease has paid stands in its term, and goes with it: in the commit in which that lease ends, however it
 * ends, just that is given back, so that nothing apart from the messages can be lost or given back twice, and a gate's `held`
 * is the sum of what leased messages have paid and tokens hold. At a gate that is held until the token leaves, the first lease
 * leaves a hold, which ends when the token reaches an output, or leaves without one, enters anew, or is freed.
 */

/** Pays during the work, and says whether the gate has let it pass. */
export function pass<Queue extends RuledQueue>(
  world: World<Queue>,
  fence: Fence,
  { gate: name, units: asked = 1, once }: Toll,
): Awaited<ReturnType<Backend['pass']>> {
  const { gates, now, records } = world
  const { queue, token, stay: before } = leasedUnder(world, fence)
  const place = { workflow: queue.workflow, token, hop: fence.hop, key: `once/${once}` }
  if (once !== undefined && records.find(place)) return { admitted: true }
  const post = postAt(world, { queue, token, name })
  const units = countedAt(gates.of(post.gate), asked)
  const own = post.until === 'leave' ? gates.heldBy(token, post.gate) : paidAt(before, post.gate)
  const { units: admitted, ...reason } = admit(gates.of(post.gate), units, now, own)
  if (admitted < units) return { admitted: false, ...reason }
  if (once !== undefined) records.keep(place, undefined, dueAfter(keptForMs, now))
  if (post.until === 'leave') {
    payAt(world, post, { token, units })
    return { admitted: true }
  }
  beginToPay(world, queue)
  const { stay } = leasedUnder(world, fence)
  const paid = [...(stay.held!.paid ?? []), ...payAt(world, post, { token, units })]
  world.save(token, { ...stay, held: { ...stay.held!, paid: merged(paid) } })
  return { admitted: true }
}

/** How long it is known that a toll was paid. */
const keptForMs = 3_600_000

function paidAt({ held }: Stay, gate: number): number {
  return held?.paid?.find((each) => each.gate === gate)?.units ?? 0
}

// The queue as it is known now: that may be another object once it has begun to pay.
function leasedUnder<Queue extends RuledQueue>(
  world: World<Queue>,
  fence: Fence,
): Known<Queue> & { readonly queue: Queue } {
  const queue = world.queue(fence.queue)
  const known = world.known(queue.workflow, fence.id)
  if (known?.queue === queue && holds(known.hop, known.stay, fence)) return { ...known, queue }
  throw leaseLost(fence)
}

interface At<Queue> {
  readonly queue: Queue
  readonly token: number
  readonly name: string
}

function postAt<Queue extends RuledQueue>({ gates }: World<Queue>, { queue, token, name }: At<Queue>): Post {
  const post = gates.posts(queue, gates.keyOf(token)).find((each) => each.name === name)
  if (post) return post
  const [gate] = gates.named(name)
  if (gate === undefined) throw noGate(name)
  return { name, gate, until: 'answer' }
}

function merged(all: readonly Paid[]): readonly Paid[] {
  const units = new Map<number, number>()
  for (const { gate, units: more } of all) units.set(gate, (units.get(gate) ?? 0) + more)
  return [...units].map(([gate, units]) => ({ gate, units }))
}

/** Lets the leases of a queue pay from now on: those that were given before are counted as well. */
export function beginToPay<Queue extends RuledQueue>(world: World<Queue>, queue: Queue): void {
  if (queue.gated) return
  const { gates } = world
  for (const { token, stay, asks } of gates.mustPay(queue)) {
    const gate = gates.own(queue)
    const units = asks?.[queue.name] ?? 1
    const before = gates.of(gate)
    gates.save(gate, { ...before, held: before.held + units })
    world.save(token, { ...stay, held: { ...stay.held!, paid: [{ gate, units }] } })
  }
}

/** Gives back what the lease of a message has paid, as it ends. */
export function endLease<Queue extends RuledQueue>(
  world: World<Queue>,
  { held }: Stay,
  outcome: LeaveOutcome,
): void {
  for (const { gate, units } of held?.paid ?? []) giveBack(world, gate, { units, outcome })
}

/** Gives units back to a gate, and rings where they may let others pass. */
export function giveBack<Queue extends RuledQueue>(
  { gates, now }: World<Queue>,
  gate: number,
  { units, outcome }: { readonly units: number; readonly outcome: LeaveOutcome },
): void {
  const before = gates.of(gate)
  const after = leave(before, units, outcome, now)
  gates.save(gate, after)
  if (before.limit !== undefined || before.breaker) gates.ring(gate, false)
}

/** Ends what a token holds, at the gates of these names or at all. */
export function endHolds<Queue extends RuledQueue>(
  world: World<Queue>,
  token: number,
  names?: readonly string[],
): void {
  for (const { gate, name, units } of world.gates.holdsOf(token)) {
    if (names && !names.includes(name)) continue
    world.gates.hold(token, gate, 0)
    giveBack(world, gate, { units, outcome: 'quiet' })
  }
}

/** What leaving a queue so says about the gates that the message has passed. */
export function outcomeOfPop({ event }: Pop): LeaveOutcome {
  return event === 'failed' ? 'failed' : 'done'
}
