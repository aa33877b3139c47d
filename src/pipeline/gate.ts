import { checkGateSettings } from '../queue/check-gate.ts'
import type { GateSettings, GateSpec, Rate } from '../queue/gate.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'

/** How much of a stage's work may go on, over all processes; all of it holds together. */
export interface StageLimit extends Omit<GateSettings, 'limit'> {
  /** How many of its messages may be worked on at once. */
  readonly concurrency?: number | undefined
  /** The same for the messages of each key. */
  readonly perKey?:
    | { readonly concurrency?: number | undefined; readonly rate?: Rate | undefined }
    | undefined
}

/** A gate that a stage stands behind, and what its messages ask for there. */
export interface StandsBehind<in In> {
  readonly gate: GateSpec
  /** Units that a message asks for: 1 unless told, rounded up. */
  readonly units?: (value: In) => number
  /** Until when it holds them: until its lease ends (`answer`, the default), or until its token has finished or left (`leave`). */
  readonly until?: 'answer' | 'leave'
}

/** What a stage's leases have to wait for, beside messages. */
export interface LimitOptions<in In> {
  readonly limit?: StageLimit
  /** Gates that several stages may stand behind, made by `gate()`. */
  readonly behind?: readonly (GateSpec | StandsBehind<In>)[]
  /** What its messages take turns by, such as the customer: each key is as good as another, however many messages it has. */
  readonly key?: (value: In) => string
  /** Gates at which its handlers pay during their work, by `ctx.pass`, and at which its messages do not wait. */
  readonly passes?: readonly GateSpec[]
  /** Gates at which a token that comes here gives back what it holds. */
  readonly frees?: readonly GateSpec[]
}

/** A gate that a stage stands behind, however it was named. */
export function placeOf<In>(behind: GateSpec | StandsBehind<In>): StandsBehind<In> {
  return 'gate' in behind ? behind : { gate: behind }
}

/** The names of `LimitOptions`, for `keysOf`. */
export const limitOptions = {
  limit: true,
  behind: true,
  key: true,
  passes: true,
  frees: true,
} as const satisfies Readonly<Record<keyof LimitOptions<unknown>, true>>

const settingKeys = keysOf<GateSettings>({ limit: true, rate: true, breaker: true, windows: true })

/**
 * A gate that stages can stand behind, in this workflow and others: its name is global in a database, and what it lets through
 * is counted over all processes. Throws an `InvalidError` for settings that no gate can have.
 */
export function gate(name: string, settings: GateSettings = {}): GateSpec {
  refuseUnread(`Gate "${name}" has`, settings, settingKeys)
  checkGateSettings(name, settings)
  return { name, ...settings }
}
