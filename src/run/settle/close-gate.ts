import type { Change, Postpone, TurnGate } from '../../queue/change.ts'
import { isGateName } from '../../queue/check-gate.ts'
import { isDelay, longestDelayMs } from '../../queue/delay.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { fieldOf } from '../../queue/thrown.mjs'

const longestReason = 200
/**
 * Where its queue does not stand behind the gate, a message waits so long for one of which it is not known when it opens; and a gate
 * is closed for so long that is to be closed for no time.
 */
const restMs = 1000

/** What an error asks for that says that a gate has to be closed. */
export interface ClosingWish {
  readonly name: string
  readonly forMs: number | undefined
  readonly reason: string
}

/**
 * The gate that `error` asks to close: `closeGate: { name, forMs, reason }`, such as one for an answer with the status 429; the time
 * may be its `retryAfterMs` as well. Undefined if it asks for none, or not as it should.
 */
export function closingWishOf(error: unknown): ClosingWish | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const wish = fieldOf(error, 'closeGate')
  if (typeof wish !== 'object' || wish === null) return undefined
  const name = fieldOf(wish, 'name')
  if (!isGateName(name)) return undefined
  const forMs = [fieldOf(wish, 'forMs'), fieldOf(error, 'retryAfterMs')].find(
    (ms) => typeof ms === 'number' && isDelay(ms),
  ) as number | undefined
  const reason = fieldOf(wish, 'reason')
  return {
    name,
    // It would be tried again at once, uncharged, for ever: a header that is missing makes a 0 as well.
    forMs: forMs === 0 ? restMs : forMs,
    reason: (typeof reason === 'string' ? reason : sayBriefly(error)).slice(0, longestReason),
  }
}

/** Gives a message back, uncharged, and closes a gate, in one commit. */
export function closing(
  { name, forMs, reason }: ClosingWish,
  {
    postpone,
    gates,
  }: { readonly postpone: (delayMs: number) => Postpone; readonly gates: readonly string[] },
): readonly Change[] {
  const shut: TurnGate = {
    kind: 'gate',
    name,
    closed: true,
    reason,
    ...(forMs === undefined ? {} : { forMs }),
  }
  return [postpone(restBehind(gates, name, forMs)), shut]
}

/** For how long a message rests whose work needs a gate that is shut, for `forMs` if that is known; behind the gate it waits by itself. */
export function restBehind(gates: readonly string[], name: string, forMs = restMs): number {
  return gates.includes(name) ? 0 : Math.min(forMs, longestDelayMs)
}
