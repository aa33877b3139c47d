import type { Push, TurnGate } from './change.ts'
import { isCount } from './check-count.ts'
import { checkFence } from './check-fence.ts'
import { aText, excerpt, textPattern } from './check-text.ts'
import type { Declaration, QueueSpec } from './declaration.ts'
import { isDelay, sayDelay } from './delay.ts'
import { InvalidError } from './errors.ts'
import type { GateSettings, Rate, Toll, Window } from './gate.ts'

const maxNameLength = 500
const namePattern = textPattern(maxNameLength)
// With `once/` before it, it is the key of a record.
const maxOnceLength = 480
const oncePattern = textPattern(maxOnceLength)
const timePattern = /^([01]\d|2[0-3]):[0-5]\d$/

/** Throws an `InvalidError` for a gate, or a place behind one, that no backend could have. */
export function checkGates({ gates = [], queues }: Pick<Declaration, 'gates' | 'queues'>): void {
  const seen = new Set<string>()
  for (const { name, ...settings } of gates) {
    checkName('The name of a gate', name)
    if (seen.has(name))
      throw new InvalidError(`Gate "${name}" is declared twice; give one of them another name.`)
    seen.add(name)
    checkGateSettings(name, settings)
  }
  const names = new Set([...seen, ...queues.map(({ name }) => name)])
  for (const queue of queues) checkBehind(queue, names)
}

function checkBehind({ name: queue, behind = [] }: QueueSpec, names: ReadonlySet<string>): void {
  const passed = new Set([queue])
  for (const { gate, per, until } of behind) {
    const at = `Queue "${queue}" stands behind gate "${gate}"`
    if (!names.has(gate)) throw new InvalidError(`${at}, which is not declared.`, { queue })
    if (![undefined, 'key'].includes(per) || ![undefined, 'answer', 'leave'].includes(until))
      throw new InvalidError(`${at} per ${per} until ${until}.`, { queue })
    // It would pay there twice, and each time as if it had not paid.
    if (passed.has(gate))
      throw new InvalidError(
        gate === queue
          ? `${at}, its own; it stands there anyway, so leave that out.`
          : `${at} twice; name it once.`,
        { queue },
      )
    passed.add(gate)
  }
}

/** Throws an `InvalidError` for settings that no gate can have. */
export function checkGateSettings(name: string, { limit, rate, breaker, windows }: GateSettings): void {
  if (limit !== undefined) checkLimit(name, limit)
  if (rate !== undefined) checkRate(name, rate)
  if (breaker !== undefined) {
    if (!isCount(breaker.failures, 1))
      throw refused(name, 'breaks after', breaker.failures, 'a whole number from 1')
    checkTime(name, breaker.forMs)
  }
  if (windows?.length === 0) throw refused(name, 'has', 'no windows', 'one window at least, if it has any')
  for (const window of windows ?? []) checkWindow(name, window)
}

/** Throws an `InvalidError` for a change that no gate can go through. */
export function checkTurn({ name, key, limit, rate, forMs, closed, hold }: TurnGate): void {
  checkName('The name of a gate', name)
  if (key !== undefined) checkName(`The key at gate "${name}"`, key)
  if (limit !== undefined && limit !== null) checkLimit(name, limit)
  if (rate !== undefined && rate !== null) checkRate(name, rate)
  if (closed !== undefined && typeof closed !== 'boolean')
    throw refused(name, 'was to be closed', closed, 'true or false')
  if (forMs !== undefined) checkTime(name, forMs)
  if (forMs !== undefined && closed !== true)
    throw new InvalidError(`Gate "${name}" has a time to be shut for, and is not to be shut.`)
  if (!hold) return
  checkFence(hold)
  if (!isCount(hold.units)) throw refused(name, 'was to hold', hold.units, 'a whole number from 0')
}

/** Throws an `InvalidError` for a toll that is none. */
export function checkToll({ gate, units = 1, once }: Toll): void {
  checkName('The name of a gate', gate)
  if (!isCount(units, 1)) throw refused(gate, 'was to let pass', units, 'a whole number from 1')
  if (once !== undefined && !oncePattern.test(once))
    throw refused(gate, 'was to let pass, once,', excerpt(once), aText(maxOnceLength))
}

/** Throws an `InvalidError` for a key, or tolls, that no message can have. */
export function checkEntry({ queue, token: { id }, key, tolls = {}, frees = [] }: Push): void {
  const at = { queue, id }
  if (key !== undefined) checkName(`The key of token "${id}" in queue "${queue}"`, key, at)
  for (const [gate, units] of Object.entries(tolls)) {
    checkName('The name of a gate', gate, at)
    if (isCount(units, 1)) continue
    const sentence = `Token "${id}" asks for ${units} units at gate "${gate}"`
    throw new InvalidError(`${sentence}; it is a whole number from 1.`, at)
  }
  for (const gate of frees) checkName('The name of a gate', gate, at)
}

function checkLimit(name: string, limit: number): void {
  if (!isCount(limit)) throw refused(name, 'has a limit of', limit, 'a whole number from 0')
}

function checkRate(name: string, { units, perMs, burst = 1 }: Rate): void {
  if (!isAbove(units)) throw refused(name, 'lets pass', units, 'a number of units above 0')
  if (!isAbove(perMs)) throw refused(name, 'has a rate per', perMs, 'a number of milliseconds above 0')
  if (!isCount(burst, 1)) throw refused(name, 'has a burst of', burst, 'a whole number from 1')
  if (!isDelay(perMs / units))
    throw refused(name, 'lets pass one unit in', perMs / units, 'milliseconds, a century at most')
}

function checkWindow(name: string, { days = [], from, to, zone = 'UTC' }: Window): void {
  for (const time of [from, to])
    if (!timePattern.test(time)) throw refused(name, 'has a window at', time, 'a time such as 22:00')
  for (const day of days)
    if (!(isCount(day) && day <= 6))
      throw refused(name, 'has a window on day', day, 'a number from 0 (Sunday) to 6')
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
  } catch {
    throw refused(name, 'has a window in', zone, 'the name of a time zone, such as Europe/Berlin')
  }
}

function checkTime(name: string, forMs: number): void {
  if (!isDelay(forMs)) throw new InvalidError(`The time for which gate "${name}" is shut ${sayDelay(forMs)}.`)
}

/** Whether a gate, or a key, can be called so. */
export function isGateName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name)
}

/** Throws an `InvalidError` that says `what` it is, unless a gate, or a key, can be called so. */
export function checkName(what: string, name: string, at: { queue?: string; id?: string } = {}): void {
  if (isGateName(name)) return
  throw new InvalidError(`${what} is ${excerpt(name)}; it is ${aText(maxNameLength)}.`, at)
}

function isAbove(number: number): boolean {
  return typeof number === 'number' && number > 0 && number < Number.POSITIVE_INFINITY
}

function refused(name: string, what: string, found: unknown, expected: string): InvalidError {
  return new InvalidError(`Gate "${name}" ${what} ${String(found)}; it is ${expected}.`)
}
