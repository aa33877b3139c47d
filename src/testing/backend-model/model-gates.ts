import type { TurnGate } from '../../queue/change.ts'
import type { GateSpec, Overridden } from '../../queue/gate.ts'
import {
  admit,
  type Closed,
  close,
  countedAt,
  type Gate,
  idle,
  inPace,
  type LeaveOutcome,
  leave,
  open,
  pay,
  shutAt,
} from '../../queue/rules/gate.ts'
import type { Moment, Presence, Units } from './presence.ts'

/** The gates that every version of the model's workflow declares. */
export const modelGates: readonly GateSpec[] = [
  { name: 'press', breaker: { failures: 2, forMs: 500 } },
  { name: 'room', limit: 4 },
  { name: 'each', limit: 2 },
]

/** A gate that a queue stands behind. */
interface Stand {
  readonly gate: string
  /** Whether each key has a gate of its own there. */
  readonly isOfKey?: true
  readonly isHeld: boolean
}

/** What was set by hand. */
type ModelSettings = { -readonly [Each in keyof Overridden]: Overridden[Each] }

/** What a message asks for there. */
interface Toll extends Stand {
  readonly units: number
}

/** The gates that the model knows, and what tokens hold there until they leave. */
export class ModelGates {
  readonly #all: Map<string, Gate>
  readonly #holds: Map<string, Units>
  /** The queues whose leases pay: others are only shut or open. */
  readonly #paying: Set<string>
  /** The settings that were set by hand, by gate. */
  readonly #set: Map<string, ModelSettings>

  constructor(
    all: Iterable<readonly [string, Gate]> = modelGates.map(({ name, ...settings }) => [
      name,
      { ...idle, ...settings },
    ]),
    holds: Iterable<readonly [string, Units]> = [],
    paying: Iterable<string> = ['first', 'start', 'desk'],
    set: Iterable<readonly [string, ModelSettings]> = [],
  ) {
    this.#set = new Map(set)
    this.#paying = new Set(paying)
    this.#all = new Map(all)
    this.#holds = new Map(holds)
  }

  /** An independent copy. */
  copy(): ModelGates {
    return new ModelGates(this.#all, this.#holds, this.#paying, this.#set)
  }

  toJSON(): unknown {
    return [[...this.#all], [...this.#holds], [...this.#paying], [...this.#set]]
  }

  of(name: string): Gate {
    const [all, key] = name.split(keyMark)
    const found = this.#all.get(name) ?? { ...idle }
    return key === undefined
      ? found
      : { ...found, limit: this.#all.get(all!)!.limit, rate: this.#all.get(all!)!.rate }
  }

  get holds(): Iterable<Units> {
    return this.#holds.values()
  }

  isShut(queue: string, { now }: Moment): boolean {
    return standsOf(queue).some(({ gate }) => shutAt(this.of(gate), now) !== undefined)
  }

  /** Lets a message pass all gates of its queue; undefined if it may not. What it pays for the lease. */
  pass(message: Presence, key: string, { now }: Moment): Units | undefined {
    if (!this.#paying.has(message.queue)) return {}
    const tolls = this.#tollsOf(message, key)
    if (tolls.some((toll) => this.#isKept(toll, now))) return undefined
    const paid: Record<string, number> = {}
    for (const { gate, isHeld, units } of tolls) {
      if (units > 0) this.#all.set(gate, pay(this.of(gate), units, now))
      if (isHeld) this.#hold(key, gate, units + (this.#holds.get(key)?.[gate] ?? 0))
      else paid[gate] = units
    }
    return paid
  }

  /** The gates at which a message does not fit. */
  keeping(message: Presence, key: string, { now }: Moment): readonly Stand[] {
    if (!this.#paying.has(message.queue)) return []
    return this.#tollsOf(message, key).filter((toll) => this.#isKept(toll, now))
  }

  #tollsOf({ queue, asks, lane }: Presence, key: string): readonly Toll[] {
    return standsOf(queue).map((stand) => {
      const gate = stand.isOfKey ? ofKey(stand.gate, lane) : stand.gate
      const holdsSome = stand.isHeld && this.#holds.get(key)?.[gate]
      const units = holdsSome ? 0 : countedAt(this.of(gate), asks[stand.gate] ?? 1)
      return { ...stand, gate, units }
    })
  }

  #isKept({ gate, units }: Toll, now: number): boolean {
    return units > 0 && admit(this.of(gate), units, now).units < units
  }

  /** Whether a message of a queue holds units there already. */
  isHolder(queue: string, key: string): boolean {
    return standsOf(queue).some(({ gate, isHeld }) => isHeld && this.#holds.get(key)?.[gate])
  }

  /** Pays at one gate during the work, and returns the units; undefined if that does not let it pass. */
  toll(
    { queue, paid }: Presence,
    key: string,
    { gate, units: asked }: { gate: string; units: number },
    { now }: Moment,
  ): number | undefined {
    const units = countedAt(this.of(gate), asked)
    const own = (this.isHold(queue, gate) ? this.#holds.get(key)?.[gate] : paid[gate]) ?? 0
    if (admit(this.of(gate), units, now, own).units < units) return undefined
    this.#all.set(gate, pay(this.of(gate), units, now))
    if (this.isHold(queue, gate)) this.#hold(key, gate, units + (this.#holds.get(key)?.[gate] ?? 0))
    return units
  }

  /** Whether tokens of `queue` hold what they pay at a gate until they leave. */
  isHold(queue: string, gate: string): boolean {
    return standsOf(queue).some((each) => each.gate === gate && each.isHeld)
  }

  /** Records that leases of `queue` pay; false if they did already. */
  beginToPay(queue: string): boolean {
    const paid = this.#paying.has(queue)
    this.#paying.add(queue)
    return !paid
  }

  /** Counts a message that was leased before its queue paid, and returns what it would have paid. */
  count(queue: string, { asks }: Presence): Units {
    const units = asks[queue] ?? 1
    this.#all.set(queue, { ...this.of(queue), held: this.of(queue).held + units })
    return { [queue]: units }
  }

  /** Gives back what a lease has paid. */
  endLease(paid: Units, outcome: LeaveOutcome, { now }: Moment): void {
    for (const [gate, units] of Object.entries(paid))
      this.#all.set(gate, leave(this.of(gate), units, outcome, now))
  }

  /** Gives back what a token holds, at some gates or at all. */
  endHolds(key: string, moment: Moment, names?: readonly string[]): void {
    for (const [gate, units] of Object.entries(this.#holds.get(key) ?? {})) {
      if (names && !names.includes(gate)) continue
      this.#hold(key, gate, 0)
      this.endLease({ [gate]: units }, 'quiet', moment)
    }
  }

  /** Turns the gate `name`. */
  turn(name: string, { closed, forMs, limit, rate, actor, reason }: TurnGate, { now }: Moment): void {
    const until = forMs === undefined ? undefined : now + forMs
    let gate = this.of(name)
    if (closed === true) gate = close(gate, { actor, reason, until })
    if (closed === false) gate = open(gate)
    const declared = modelGates.find((each) => each.name === name)
    if (limit !== undefined) gate = { ...gate, limit: limit ?? declared?.limit }
    if (rate !== undefined) gate = this.#atRate(name, gate, { after: rate ?? declared?.rate, now })
    this.#all.set(name, gate)
    const by = { actor, reason, at: now }
    const set = { ...this.#set.get(name) }
    if (limit !== undefined) set.limit = limit === null ? undefined : { declared: declared?.limit, ...by }
    if (rate !== undefined) set.rate = rate === null ? undefined : { declared: declared?.rate, ...by }
    this.#set.set(name, set)
  }

  #atRate(name: string, gate: Gate, { after, now }: { after: Gate['rate']; now: number }): Gate {
    const turn = { before: gate.rate, after, now }
    if (JSON.stringify(turn.before) === JSON.stringify(after)) return gate
    for (const [each, state] of this.#all)
      if (each.startsWith(ofKey(name, ''))) this.#all.set(each, inPace(state, turn))
    return { ...inPace(gate, turn), rate: after }
  }

  /** What was set by hand at a gate, or for all its keys. */
  overridden(name: string): ModelSettings {
    return this.#set.get(name.split(keyMark)[0]!) ?? {}
  }

  /** Lets a token hold so many units. */
  hold(key: string, gate: string, units: number, moment: Moment): void {
    const before = this.#holds.get(key)?.[gate] ?? 0
    this.#hold(key, gate, units)
    this.endLease({ [gate]: before - units }, 'quiet', moment)
  }

  /** Gives the gate of a queue its new name. */
  rename(from: string, to: string): void {
    this.#all.set(to, this.of(from))
    this.#all.delete(from)
    this.#set.set(to, this.overridden(from))
    this.#set.delete(from)
  }

  /** Shuts the gate of a queue that takes over one whose gate was shut. */
  shut(name: string, closed: Closed): void {
    this.#all.set(name, close(this.of(name), closed))
  }

  /** Opens the gate of a queue that is no more. */
  retire(name: string): void {
    this.#all.set(name, { ...this.of(name), closed: undefined, limit: undefined, rate: undefined })
    this.#set.delete(name)
  }

  #hold(key: string, gate: string, units: number): void {
    const { [gate]: _, ...others } = this.#holds.get(key) ?? {}
    const held = units > 0 ? { ...others, [gate]: units } : others
    if (Object.keys(held).length > 0) this.#holds.set(key, held)
    else this.#holds.delete(key)
  }
}

/** The gates that a queue stands behind. */
export function standsOf(queue: string): readonly Stand[] {
  const own = { gate: queue, isHeld: false }
  const press = { gate: 'press', isHeld: false }
  if (queue === 'desk') return [own, press, { gate: 'each', isHeld: false, isOfKey: true }]
  return queue === 'first' || queue === 'start' ? [own, press, { gate: 'room', isHeld: true }] : [own]
}

const keyMark = ' of '

/** The name of the gate of a key; without one it is that of all. */
export function ofKey(gate: string, key: string): string {
  return key === '' ? gate : `${gate}${keyMark}${key}`
}
