import type { TurnGate } from '../change.ts'
import type { GateSettings, Overridden, Override, Rate } from '../gate.ts'

/** What was set at a gate by hand: it stands before what is declared, whatever that becomes, until it is taken back. */
export interface OwnSettings {
  readonly limit?: OwnSetting<number> | undefined
  readonly rate?: OwnSetting<Rate> | undefined
}

/** One such setting, with who has set it, when, and why. */
interface OwnSetting<Value> extends Omit<Override<Value>, 'declared'> {
  readonly to: Value
}

/** The settings of a gate: what was declared, with what was set by hand, first for all of its keys, then for its own. */
export function settingsOf(
  declared: GateSettings | undefined,
  ...set: readonly (OwnSettings | undefined)[]
): GateSettings {
  const { limit, rate, breaker, windows } = declared ?? {}
  const own = lastOf(set)
  return { limit: own.limit ? own.limit.to : limit, rate: own.rate ? own.rate.to : rate, breaker, windows }
}

/** What was set in place of what is declared, for `GateState`; undefined if nothing was. */
export function overriddenOf(
  declared: GateSettings | undefined,
  ...set: readonly (OwnSettings | undefined)[]
): Overridden | undefined {
  const { limit, rate } = lastOf(set)
  if (!limit && !rate) return undefined
  return {
    ...(limit && { limit: overrideOf(limit, declared?.limit) }),
    ...(rate && { rate: overrideOf(rate, declared?.rate) }),
  }
}

function lastOf(set: readonly (OwnSettings | undefined)[]): OwnSettings {
  return set.reduce<OwnSettings>(
    (before, next) => ({ limit: next?.limit ?? before.limit, rate: next?.rate ?? before.rate }),
    {},
  )
}

function overrideOf<Value>(
  { actor, reason, at }: OwnSetting<Value>,
  declared: Value | undefined,
): Override<Value> {
  return {
    ...(declared !== undefined && { declared }),
    ...(actor !== undefined && { actor }),
    ...(reason !== undefined && { reason }),
    at,
  }
}

type Setting = Pick<TurnGate, 'limit' | 'rate' | 'actor' | 'reason'>

/** What is set at a gate after `change`, at `now`, and which of its settings that changes. */
export function setByHand(
  before: OwnSettings,
  { limit, rate, actor, reason }: Setting,
  now: number,
): { readonly own: OwnSettings; readonly changed: Pick<TurnGate, 'limit' | 'rate'> } {
  const by = { actor, reason, at: Math.floor(now) }
  return {
    own: { limit: setTo(before.limit, limit, by), rate: setTo(before.rate, rate, by) },
    changed: {
      ...(isOther(before.limit?.to, limit) && { limit }),
      ...(isOther(before.rate?.to, rate) && { rate }),
    },
  }
}

function setTo<Value>(
  before: OwnSetting<Value> | undefined,
  to: Value | null | undefined,
  by: Omit<OwnSetting<Value>, 'to'>,
): OwnSetting<Value> | undefined {
  if (to === undefined) return before
  return to === null ? undefined : { to, ...by }
}

function isOther<Value>(before: Value | undefined, to: Value | null | undefined): boolean {
  return to !== undefined && JSON.stringify(before ?? null) !== JSON.stringify(to)
}

/** Whether such a gate lets everything through, as long as it is not shut. */
export function letsAllThrough({ limit, rate, breaker, windows }: GateSettings): boolean {
  return limit === undefined && !rate && !breaker && !windows
}
