import type { GateState, Parked, ParkedWhy } from '../../queue/gate.ts'
import { shorten } from '../../queue/hide-passwords.ts'
import { utc } from '../../queue/utc.ts'
import { overriddenJson, sayOverridden, sayRate } from './say-overridden.ts'
import { table } from './table.ts'
import { sayTime } from './where-is.ts'

const maxReason = 60

const words: Readonly<Record<ParkedWhy, string>> = {
  closed: 'closed',
  full: 'full',
  rate: 'as fast as it may',
  broken: 'shut after failures',
  window: 'out of its hours',
}

/** Where ready messages wait: `waits at gate grin, closed by ann: no paper, until 2030-01-01 12:00:00.000Z`. */
export function sayParked({ gate, key, why, actor, reason, until }: Parked): string {
  return `waits at gate ${gate}${key === undefined ? '' : ` for ${key}`}, ${sayWhy({ why, actor, reason, until })}`
}

/** Why a gate lets nothing through, by whom and until when. */
export function sayWhy({ why, actor, reason, until }: Omit<Parked, 'gate'>): string {
  const by = actor === undefined ? '' : ` by ${actor}`
  const since = reason === undefined ? '' : `: ${shorten(reason, maxReason)}`
  return `${words[why]}${by}${since}${until === undefined ? '' : `, until ${sayTime(until)}`}`
}

/** `gates` as a table. */
export function gateTable(gates: readonly GateState[]): string {
  if (gates.length === 0) return 'There are no gates yet.'
  // Only where something was set by hand: else it would be an empty column.
  const isSet = gates.some(({ overridden }) => overridden)
  const rows = gates.map((gate) => {
    const { name, key, held, limit, rate, queues, why, actor, reason, againAt, overridden } = gate
    const state = why === undefined ? 'open' : sayWhy({ why, actor, reason, until: againAt })
    const set = overridden && sayOverridden({ limit, rate, overridden })
    const cells = [name, key, held, limit, rate && sayRate(rate), state, queues.join(', ')]
    return isSet ? [...cells, set] : cells
  })
  const heading = [
    'gate',
    'key',
    'held',
    'limit',
    'rate',
    'state',
    'queues',
    ...(isSet ? ['set by hand'] : []),
  ]
  return table([heading, ...rows])
}

/** What a gate is for `--json`: its times as text. */
export function gateJson({ until, againAt, overridden, ...gate }: GateState) {
  return {
    ...gate,
    ...(until !== undefined && { until: utc(until) }),
    ...(againAt !== undefined && { againAt: utc(againAt) }),
    ...(overridden && { overridden: overriddenJson(overridden) }),
  }
}

/** What ready messages wait for, for `--json`. */
export function parkedJson({ until, ...parked }: Parked) {
  return { ...parked, ...(until !== undefined && { until: utc(until) }) }
}
