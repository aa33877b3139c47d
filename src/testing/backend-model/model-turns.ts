import type { TurnGate } from '../../queue/change.ts'
import { type Closed, isClosedAt } from '../../queue/rules/gate.ts'
import { type ModelGates, modelGates } from './model-gates.ts'
import { holds, type Moment, type Presence } from './presence.ts'
import type { Version } from './versions.ts'

/** The part of the model whose gates are turned. */
interface Gated {
  readonly here: ReadonlyMap<string, Presence>
  readonly gates: ModelGates
  readonly version: Version
  find(queue: string, id: string): Presence | undefined
  keyOf(queue: string, id: string): string
}

/** Turns a gate; false if a fence does not hold. */
export function turn(model: Gated, change: TurnGate, moment: Moment): boolean {
  const { name, hold } = change
  const { version, gates } = model
  const isGate = modelGates.some((each) => each.name === name)
  const names = isGate ? [name] : version.gatesOf(name)
  const { limit, rate, forMs } = change
  for (const each of names) {
    if (!isGate && (limit ?? rate ?? forMs) !== undefined) beginToPay(model, each)
    if (!isGate && (limit === null || rate === null)) beginToPay(model, each)
    gates.turn(each, change, moment)
  }
  if (!hold) return true
  const found = model.find(hold.queue, hold.id)
  if (found?.queue !== version.nameOf(hold.queue) || !holds(found, hold)) return false
  for (const each of names) gates.hold(model.keyOf(hold.queue, hold.id), each, hold.units, moment)
  return true
}

/** From now on leases of `queue` pay at its gate; those that were given before are counted too. */
export function beginToPay({ here, gates }: Gated, queue: string): void {
  if (!gates.beginToPay(queue)) return
  for (const each of here.values())
    if (each.queue === queue && each.status === 'leased') each.paid = gates.count(queue, each)
}

/** What becomes of the gates of queues when another version is declared. */
export function passGatesOn(model: Gated, version: Version, moment: Moment): void {
  const { version: before, gates } = model
  for (const queue of before.queues) {
    const name = version.nameOf(queue)
    if (name !== queue) renameGate(model, queue, name)
    else {
      const { closed } = gates.of(queue)
      if (isClosedAt({ closed }, moment.now))
        for (const heir of version.pausedOf(queue, before))
          if (!isClosedAt(gates.of(heir), moment.now)) shut(model, heir, closed!)
    }
  }
  for (const queue of before.queues)
    if (version.nameOf(queue) === queue && !version.queues.includes(queue)) gates.retire(queue)
}

// A gate that is shut for some time is looked at only by leases that pay.
function shut(model: Gated, queue: string, closed: Closed): void {
  model.gates.shut(queue, closed)
  if (closed.until !== undefined) beginToPay(model, queue)
}

function renameGate({ here, gates }: Gated, from: string, to: string): void {
  gates.rename(from, to)
  for (const each of here.values()) {
    const { [from]: paid, ...others } = each.paid
    if (paid !== undefined) each.paid = { ...others, [to]: paid }
  }
}
