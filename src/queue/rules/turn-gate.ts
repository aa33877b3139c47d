import type { Json } from '../../schema/json.ts'
import type { TurnGate } from '../change.ts'
import { leaseLost, noGate, wasLeftOut } from '../refusals.ts'
import { successorsOf } from '../succession.ts'
import { close, isClosedAt, open } from './gate.ts'
import { holds } from './stay.ts'
import { beginToPay, giveBack } from './tolls.ts'
import type { RuledQueue, World } from './world.ts'

/** Shuts or opens a gate, or gives it other settings, or changes what a token holds there. */
export function turnGate<Queue extends RuledQueue>(world: World<Queue>, change: TurnGate): void {
  const { gates } = world
  for (const { gate, queue } of gatesNamed(world, change)) {
    if (queue && needsPaying(change)) beginToPay(world, queue)
    if (change.limit !== undefined || change.rate !== undefined) set(world, { gate, queue, change })
    if (change.closed !== undefined) turn(world, { gate, queue, change })
    if (change.hold) holdAt(world, gate, change.hold)
    gates.ring(gate, true)
  }
}

// One that is just shut need not know who has passed it.
function needsPaying({ limit, rate, forMs }: TurnGate): boolean {
  return limit !== undefined || rate !== undefined || forMs !== undefined
}

interface Turned<Queue> {
  readonly gate: number
  /** Whose own gate it is. */
  readonly queue: Queue | undefined
  readonly change: TurnGate
}

function set<Queue extends RuledQueue>(world: World<Queue>, { gate, queue, change }: Turned<Queue>): void {
  const { name, key, actor, reason } = change
  const changed = world.gates.set(gate, change, world.now)
  if (Object.keys(changed).length === 0) return
  const fields = { ...(!queue && { gate: name }), ...(key !== undefined && { key }), ...changed }
  world.past.say({ token: 0, hop: 0, queue }, 'noted', { actor, reason, fields: fields as Json })
}

function turn<Queue extends RuledQueue>(world: World<Queue>, { gate, queue, change }: Turned<Queue>): void {
  const { gates, now } = world
  const { name, actor, reason, closed, forMs, key } = change
  const before = gates.of(gate)
  const was = isClosedAt(before, now)
  const until = forMs === undefined ? undefined : Math.ceil(now + forMs)
  gates.save(gate, closed ? close(before, { actor, reason, until }) : open(before))
  if (was === closed || (queue && key !== undefined)) return
  // A line about a queue, or a gate that is no queue's, has no token.
  const event = closed ? 'paused' : 'resumed'
  const fields = queue ? undefined : { gate: name, ...(key !== undefined && { key }) }
  world.past.say({ token: 0, hop: 0, queue }, event, { actor, reason, fields })
}

/** The gates that a name means: that of a queue of this name, one that was declared, or those of all that have taken over such a queue. */
function gatesNamed<Queue extends RuledQueue>(
  world: World<Queue>,
  { name, key }: TurnGate,
): readonly Omit<Turned<Queue>, 'change'>[] {
  const { gates, succession } = world
  const named = gates.named(name, key)
  const found = gates.queueNamed(name)
  if (found && (found.name === name || named.length === 0)) {
    const queues = successorsOf(found, succession)
    if (queues.length > 0) return queues.map((queue) => ({ queue, gate: gates.own(queue, key) }))
    if (named.length === 0) throw wasLeftOut(name)
  }
  if (named.length === 0) throw noGate(name)
  return named.map((gate) => ({ gate, queue: undefined }))
}

function holdAt<Queue extends RuledQueue>(
  world: World<Queue>,
  gate: number,
  { units, ...fence }: NonNullable<TurnGate['hold']>,
): void {
  const { gates } = world
  const queue = world.queue(fence.queue)
  const known = world.known(queue.workflow, fence.id)
  if (!known || known.queue !== queue || !holds(known.hop, known.stay, fence)) throw leaseLost(fence)
  const before = gates.heldBy(known.token, gate)
  gates.mustHold(queue)
  gates.hold(known.token, gate, units)
  giveBack(world, gate, { units: before - units, outcome: 'quiet' })
}
