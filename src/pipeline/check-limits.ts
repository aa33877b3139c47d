import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { type LimitOptions, placeOf, type StageLimit, type StandsBehind } from './gate.ts'

const limitKeys = keysOf<StageLimit>({
  ...{ concurrency: true, rate: true, breaker: true, windows: true, perKey: true },
})
const perKeyKeys = keysOf<NonNullable<StageLimit['perKey']>>({ concurrency: true, rate: true })
const placeKeys = keysOf<StandsBehind<unknown>>({ gate: true, units: true, until: true })

/** Throws a `TypeError` for limits that nothing would keep: not every caller uses a compiler. */
export function checkLimits({ limit, key, behind = [], passes = [], frees = [] }: LimitOptions<never>): void {
  if (limit !== undefined) refuseUnread('`limit` of a stage has', limit, limitKeys)
  if (limit?.perKey !== undefined) {
    refuseUnread('`limit.perKey` of a stage has', limit.perKey, perKeyKeys)
    if (!key)
      throw new TypeError('`limit.perKey` of a stage needs a `key`, which says the key of each message.')
  }
  for (const each of behind) {
    checkGate('behind', each)
    if ('gate' in each) refuseUnread('A place in `behind` of a stage has', each, placeKeys)
    checkGate('behind', placeOf(each).gate)
    checkPlace(placeOf(each))
  }
  for (const each of passes) checkGate('passes', each)
  for (const each of frees) checkGate('frees', each)
}

// When it tries again after a break, one holder keeps out all others, and such a one stays for days.
function checkPlace({ gate: { name, breaker }, until }: StandsBehind<never>): void {
  if (until !== 'leave' || !breaker) return
  const sentence = `Gate "${name}" has a breaker, so nothing can hold it until it leaves`
  throw new TypeError(`${sentence}; give the breaker to the \`limit\` of the stage, or to another gate.`)
}

function checkGate(option: string, given: unknown): void {
  if (typeof given === 'object' && given !== null) return
  const what = typeof given === 'string' ? `"${given}"` : String(given)
  throw new TypeError(`\`${option}\` of a stage has ${what}, which is no gate; make one with gate(name).`)
}
