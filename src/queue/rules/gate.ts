import type { GateSettings, ParkedWhy, Rate } from '../gate.ts'
import { isOpenAt, opensAfter } from './window.ts'

/*
 * What a gate lets through: pure functions, the same for all backends. A lease asks `admit` for each message in its turn and
 * pays, in the transaction in which it leases; the end of that lease gives back what it has paid (`leave`), whatever
 * the settings are by then. Times are wall time, in milliseconds since 1970.
 *
 * The rate is one number (GCRA, https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): `tat`, when all that has been
 * let through would have come at the even pace. A message that asks for more than a whole burst waits for a full rest,
 * and the rest of it is owed.
 */

/** A gate, its settings and its state. */
export interface Gate extends GateSettings {
  readonly closed: Closed | undefined
  /** Units that are paid and not given back. */
  readonly held: number
  readonly tat: number
  /** When `tat` was set: if it is much later than now, the clock was set back since. */
  readonly paidAt: number
  /** In a row. */
  readonly failures: number
  /** Until when failures keep it shut. */
  readonly brokenUntil: number | undefined
}

/** Who has shut a gate, why and until when. */
export interface Closed {
  readonly actor?: string | undefined
  readonly reason?: string | undefined
  readonly until?: number | undefined
}

/** How much a gate lets through, and if that is not all, why, and when it may be, as far as that is known. */
export interface Admission {
  readonly units: number
  readonly why?: ParkedWhy | undefined
  readonly againAt?: number | undefined
}

/** How a message that has passed a gate gave its units back: it was done, has failed, or neither. */
export type LeaveOutcome = 'done' | 'failed' | 'quiet'

/** The state of a gate that nothing has passed. */
export const idle: Omit<Gate, keyof GateSettings> = {
  ...{ closed: undefined, held: 0, tat: 0, paidAt: 0, failures: 0, brokenUntil: undefined },
}

/** As how many units a message counts that asks for so many: for no more than the limit, so that it passes when nothing else is held. */
export function countedAt({ limit = 0 }: Pick<Gate, 'limit'>, asked: number): number {
  return limit > 0 ? Math.min(asked, limit) : asked
}

/** How many of `want` units may pass at `now`, for work that holds `own` there already. */
export function admit(gate: Gate, want: number, now: number, own = 0): Admission {
  const shut = shutAt(gate, now)
  if (shut) return { units: 0, ...shut }
  const room = roomOf(gate, own)
  const allowed = allowedOf(gate, want, now)
  const units = Math.max(0, Math.min(want, room, allowed))
  if (units === want) return { units }
  if (room < want) return { units, why: isOnTrial(gate) ? 'broken' : 'full' }
  return { units, why: 'rate', againAt: allowedAt(gate, want, now) }
}

/** The gate after `units` have passed. */
export function pay(gate: Gate, units: number, now: number): Gate {
  const { rate } = gate
  if (!rate) return { ...gate, held: gate.held + units }
  const tat = Math.max(tatOf(gate, now), now) + (units * rate.perMs) / rate.units
  return { ...gate, held: gate.held + units, tat, paidAt: now }
}

/** The gate after `units` have been given back. */
export function leave(gate: Gate, units: number, outcome: LeaveOutcome, now: number): Gate {
  const left = { ...gate, held: Math.max(0, gate.held - units) }
  const { breaker, brokenUntil } = gate
  const isBroken = brokenUntil !== undefined && brokenUntil > now
  // What began before it broke says nothing about whether it works again.
  if (!breaker || outcome === 'quiet' || isBroken) return left
  if (outcome === 'done') return { ...left, failures: 0, brokenUntil: undefined }
  const failures = gate.failures + 1
  return { ...left, failures, brokenUntil: failures >= breaker.failures ? now + breaker.forMs : undefined }
}

/** The gate, shut. */
export function close(gate: Gate, closed: Closed): Gate {
  return { ...gate, closed }
}

/** The gate, open: what has failed is forgotten too. */
export function open(gate: Gate): Gate {
  return { ...gate, closed: undefined, failures: 0, brokenUntil: undefined }
}

/** Whether a person, or an error, keeps it shut at `now`. */
export function isClosedAt({ closed }: Pick<Gate, 'closed'>, now: number): boolean {
  return closed !== undefined && (closed.until === undefined || closed.until > now)
}

/** Why it lets nothing at all through at `now`, whatever is given back; undefined if it does. */
export function shutAt(gate: Gate, now: number): Omit<Admission, 'units'> | undefined {
  const { closed, brokenUntil, windows } = gate
  if (isClosedAt(gate, now)) return { why: 'closed', ...(closed!.until && { againAt: closed!.until }) }
  if (windows && !isOpenAt(windows, now)) return { why: 'window', ...againAt(opensAfter(windows, now)) }
  if (brokenUntil !== undefined && brokenUntil > now) return { why: 'broken', againAt: brokenUntil }
  return undefined
}

function againAt(time: number | undefined): { readonly againAt?: number } {
  return time === undefined ? {} : { againAt: time }
}

function isOnTrial({ breaker, failures }: Gate): boolean {
  return breaker !== undefined && failures >= breaker.failures
}

// What has begun may go on: on trial it would wait for itself, or for another that waits as well.
function roomOf(gate: Gate, own = 0): number {
  const room = gate.limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, gate.limit - gate.held)
  return isOnTrial(gate) && gate.held > 0 && own === 0 ? 0 : room
}

/** How many units may pass at `now`, as far as that can be said before they are asked for. */
export function roomAt(gate: Gate, now: number): number {
  if (shutAt(gate, now)) return 0
  const allowed = gate.rate ? unitsAt(gate.rate, tatOf(gate, now), now) : Number.POSITIVE_INFINITY
  return Math.min(roomOf(gate), allowed)
}

/** The most messages that may pass at once, as far as that can be said before they are seen. */
export function mostOf(gate: Gate, now: number): number {
  const room = isOnTrial(gate) ? Math.min(1, roomOf(gate)) : roomOf(gate)
  return gate.rate ? Math.min(room, Math.max(1, unitsAt(gate.rate, tatOf(gate, now), now))) : room
}

function allowedOf(gate: Gate, want: number, now: number): number {
  const { rate } = gate
  if (!rate) return Number.POSITIVE_INFINITY
  const tat = tatOf(gate, now)
  return want > burstOf(rate) && tat <= now ? want : unitsAt(rate, tat, now)
}

function allowedAt(gate: Gate, want: number, now: number): number {
  const rate = gate.rate!
  const tat = Math.max(tatOf(gate, now), now)
  const units = Math.min(want, burstOf(rate)) - burstOf(rate)
  return Math.max(now + 1, Math.ceil(tat + (units * rate.perMs) / rate.units - tiny))
}

/** What arithmetic in fractions may be wrong by. */
const tiny = 1e-6

function unitsAt(rate: Rate, tat: number, now: number): number {
  const ahead = (Math.max(0, tat - now) * rate.units) / rate.perMs
  return Math.max(0, Math.floor(burstOf(rate) - ahead + tiny))
}

function burstOf({ units, burst = Math.max(1, units) }: Rate): number {
  return burst
}

/** The state of a gate whose rate is another from now on: as many units are owed as before, a burst at most. */
export function inPace<State extends Pick<Gate, 'tat' | 'paidAt'>>(
  state: State,
  { before, after, now }: { before: Rate | undefined; after: Rate | undefined; now: number },
): State {
  const ahead = Math.max(0, tatOf(state, now) - now)
  if (ahead === 0) return state
  const owed = before && after ? Math.min((ahead * before.units) / before.perMs, burstOf(after)) : 0
  return { ...state, tat: after ? now + (owed * after.perMs) / after.units : now }
}

/** A clock that is set back by less makes a gate wait so much longer; by more, and what was paid before is forgotten. */
const jumpMs = 1000

function tatOf({ tat, paidAt }: Pick<Gate, 'tat' | 'paidAt'>, now: number): number {
  return paidAt > now + jumpMs ? now : tat
}
