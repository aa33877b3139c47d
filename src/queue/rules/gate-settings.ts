import type { GateSettings, Rate } from '../gate.ts'

/** What was set at a gate after its declaration; null takes away what was declared. */
export interface OwnSettings {
  readonly limit?: number | null | undefined
  readonly rate?: Rate | null | undefined
}

/** The settings of a gate: what was declared, with what was set since, first for all of its keys, then for its own. */
export function settingsOf(
  declared: GateSettings | undefined,
  ...set: readonly (OwnSettings | undefined)[]
): GateSettings {
  const { limit, rate, breaker, windows } = declared ?? {}
  const own = set.reduce<OwnSettings>(
    (before, next) => ({
      limit: next?.limit === undefined ? before.limit : next.limit,
      rate: next?.rate === undefined ? before.rate : next.rate,
    }),
    { limit, rate },
  )
  return { limit: own.limit ?? undefined, rate: own.rate ?? undefined, breaker, windows }
}

/** Whether such a gate lets everything through, as long as it is not shut. */
export function letsAllThrough({ limit, rate, breaker, windows }: GateSettings): boolean {
  return limit === undefined && !rate && !breaker && !windows
}
