/**
 * A gate: what a lease asks before it gives out messages. Its names are global in a database, like those of queues; every queue
 * stands behind the gate of its own name. All its settings hold together, over all processes.
 */
export interface GateSpec extends GateSettings {
  readonly name: string
}

/** What a gate lets through; what is left out has no limit. */
export interface GateSettings {
  /** How many units may be held at once. */
  readonly limit?: number | undefined
  readonly rate?: Rate | undefined
  readonly breaker?: Breaker | undefined
  /** When it is open; always, if there are none. */
  readonly windows?: readonly Window[] | undefined
}

/** So many units in so many milliseconds, evenly; after a rest up to `burst` (as many as `units`, unless told) at once. */
export interface Rate {
  readonly units: number
  readonly perMs: number
  readonly burst?: number | undefined
}

/** After `failures` in a row the gate is shut for `forMs` milliseconds; then it lets one message through at a time, until one succeeds. */
export interface Breaker {
  readonly failures: number
  readonly forMs: number
}

/** Hours of the day. */
export interface Window {
  /** On these days, from 0 (Sunday) to 6; on all, unless told. */
  readonly days?: readonly number[] | undefined
  /** Such as `22:00`. */
  readonly from: string
  /** Such as `06:00`; if it is not later than `from`, it is of the next day. */
  readonly to: string
  /** Such as `Europe/Berlin`; by default `UTC`. */
  readonly zone?: string | undefined
}

/** A gate that a queue stands behind. */
export interface Behind {
  readonly gate: string
  /** Whether each key of the queue has a gate of its own, with the same settings. */
  readonly per?: 'key' | undefined
  /** Until when a message holds its units: until its lease ends (the default), or until its token leaves the workflow. */
  readonly until?: 'answer' | 'leave' | undefined
}

/** Why nothing passes: shut by a person, or by an error; full; too fast; after failures; not in its hours. */
export const parkedWhys = ['closed', 'full', 'rate', 'broken', 'window'] as const

/** Why nothing passes. */
export type ParkedWhy = (typeof parkedWhys)[number]

/** The gate at which ready messages wait. */
export interface Parked {
  readonly gate: string
  readonly key?: string | undefined
  readonly why: ParkedWhy
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  /** Until when at the latest, in milliseconds since 1970, if that is known. */
  readonly until?: number | undefined
}

/** A setting by hand that stands in place of what is declared. */
export interface Override<Value> {
  /** What the declaration says; undefined if it says nothing of it. */
  readonly declared?: Value | undefined
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  /** When it was set, in milliseconds since 1970. */
  readonly at: number
}

/** The settings of a gate that were set by hand: their values are those of the gate. */
export interface Overridden {
  readonly limit?: Override<number> | undefined
  readonly rate?: Override<Rate> | undefined
}

/** A gate at which something was set by hand. */
export interface OverriddenGate extends Pick<GateSettings, 'limit' | 'rate'> {
  readonly gate: string
  readonly overridden: Overridden
}

/** A gate, and how it is. */
export interface GateState extends GateSettings {
  readonly name: string
  readonly key?: string | undefined
  /** Whether a person, or an error, has shut it. */
  readonly closed: boolean
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  /** Until when it is shut so, in milliseconds since 1970; until it is opened, if there is no time. */
  readonly until?: number | undefined
  /** What a person has set in place of what is declared, for it or for all its keys; undefined if nothing was. */
  readonly overridden?: Overridden | undefined
  /** The units that are held: what the leased messages have paid, and what tokens hold. */
  readonly held: number
  /** How many units may pass now; undefined where there is no limit and no rate. */
  readonly room?: number | undefined
  /** Failures in a row. */
  readonly failures: number
  /** Why it lets nothing through now; undefined if it does. */
  readonly why?: ParkedWhy | undefined
  /** When that changes by itself. */
  readonly againAt?: number | undefined
  /** The queues that stand behind it. */
  readonly queues: readonly string[]
}

/** What is to be paid at a gate during the work. */
export interface Toll {
  readonly gate: string
  /** A whole number from 1; 1 by default. */
  readonly units?: number | undefined
  /** Of the tolls with this key (1 to 480 characters) one is paid in an hour, as long as the token stays in its queue: for those whose answer may get lost. */
  readonly once?: string | undefined
}

/** Whether a gate has let work pass; if not, why, and when it may, if that is known. */
export type Passage =
  | { readonly admitted: true }
  | {
      readonly admitted: false
      /** Absent where the other side of a wire is older. */
      readonly why?: ParkedWhy | undefined
      readonly againAt?: number | undefined
    }

/** Whether it lets nothing at all pass, whatever the work is. */
export function isShut(why: ParkedWhy | undefined): boolean {
  return why === 'closed' || why === 'broken' || why === 'window'
}

/** The name of the gate that each key has at a stage with limits per key; it goes with the name of the queue. */
export function gateOfKeys(queue: string): string {
  return `${queue} per key`
}
