import type { Behind, GateSettings, Overridden, Parked } from '../gate.ts'
import { type Gate, idle, shutAt } from './gate.ts'
import { type OwnSettings, overriddenOf, settingsOf } from './gate-settings.ts'
import type { Post } from './gates-world.ts'
import type { Tolls } from './paid.ts'
import { parkedAt } from './show-gate.ts'

/** A gate as backends keep it. Never changed: each change makes another. */
export interface GateRecord {
  readonly ref: number
  readonly name: string
  /** Empty for none. */
  readonly key: string
  /** The settings that a declaration has for it; a key has those of the gate without one. */
  readonly declared: GateSettings | undefined
  /** What was set by hand: for all keys, or at the gate of a key for that. */
  readonly own: OwnSettings
  readonly state: Omit<Gate, keyof GateSettings>
}

/** Where gates are found. */
export interface GateSource {
  find(name: string, key: string): GateRecord | undefined
  get(ref: number): GateRecord
}

/** The gate `ref` with its settings. */
export function gateOf(source: GateSource, ref: number): Gate {
  const { name, key, own, declared, state } = source.get(ref)
  if (key === '') return { ...state, ...settingsOf(declared, own) }
  const all = source.find(name, '')
  return { ...state, ...settingsOf(all?.declared, all?.own, own) }
}

/** What was set by hand at the gate `ref`, or for all its keys; undefined if nothing was. */
export function overriddenAt(source: GateSource, ref: number): Overridden | undefined {
  const { name, key, own, declared } = source.get(ref)
  if (key === '') return overriddenOf(declared, own)
  const all = source.find(name, '')
  return overriddenOf(all?.declared, all?.own, own)
}

/** A gate that nothing has passed. */
export function freshGate(ref: number, name: string, key: string): GateRecord {
  return { ref, name, key, declared: undefined, own: {}, state: idle }
}

/** A queue, as the gates know it. */
export interface Standing {
  readonly name: string
  readonly behind: readonly Behind[]
}

/** The names of the gates that a message of a queue with this key passes, as `GatesWorld.posts` says. */
export function postNames(
  { name, behind }: Standing,
  key: string | undefined,
): readonly (Omit<Post, 'gate'> & { readonly key: string })[] {
  const passed = behind.filter(({ per }) => per === undefined || key !== undefined)
  return [
    { name, key: '', until: 'answer' as const },
    ...passed.map(({ gate, per, until = 'answer' }) => ({ name: gate, key: per ? key! : '', until, per })),
  ]
}

/** The gates at which all messages of a queue stop, by name. */
export function commonNames({ name, behind }: Standing): readonly string[] {
  return [name, ...behind.map(({ gate }) => gate)]
}

/** Whether a queue stands behind a gate. */
export function standsBehind({ name, behind }: Standing, gate: string): boolean {
  return name === gate || behind.some((each) => each.gate === gate)
}

/** Whether a gate is shut at which all messages of a queue stop. */
export function isShutFor(source: GateSource, queue: Standing, now: number): boolean {
  return commonNames(queue).some((name) => {
    const row = source.find(name, '')
    return row !== undefined && shutAt(gateOf(source, row.ref), now) !== undefined
  })
}

/** A message that asks for its turn. */
export interface Asking {
  readonly key: string
  readonly asks: Tolls | undefined
  /** Whether its token holds units at a gate. */
  readonly holds: (gate: number) => boolean
}

/** Where such a message of a queue waits; undefined if its gates let it pass. */
export function parkedFor(
  source: GateSource,
  queue: Standing,
  { message: { key, asks, holds }, now }: { readonly message: Asking; readonly now: number },
): Parked | undefined {
  for (const { name, key: own, until } of postNames(queue, key)) {
    const units = asks?.[name] ?? 1
    const shut = parkedIn(source, { name, key: '', units, now })
    if (shut && isShut(shut)) return shut
    const parked = parkedIn(source, { name, key: own, units, now })
    if (!parked) continue
    // Who holds its units already may pass a full gate.
    const isHeld = until === 'leave' && holds(source.find(name, own)!.ref)
    if (isShut(parked) || !isHeld) return parked
  }
  return undefined
}

interface At {
  readonly name: string
  readonly key: string
  readonly units: number
  readonly now: number
}

function parkedIn(source: GateSource, { name, key, units, now }: At): Parked | undefined {
  const row = source.find(name, key)
  return row && parkedAt({ name, key, gate: gateOf(source, row.ref) }, units, now)
}

function isShut({ why }: Parked): boolean {
  return why !== 'full' && why !== 'rate'
}
