import type { GateState, Parked, ParkedWhy } from '../../queue/gate.ts'
import { shorten } from '../../queue/hide-passwords.ts'
import { utc } from '../../queue/utc.ts'
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
  const rows = gates.map((gate) => {
    const { name, key, held, limit, rate, queues, why, actor, reason, againAt } = gate
    const state = why === undefined ? 'open' : sayWhy({ why, actor, reason, until: againAt })
    const pace = rate && `${rate.units} in ${rate.perMs} ms`
    return [name, key, held, limit, pace, state, queues.join(', ')]
  })
  return table([['gate', 'key', 'held', 'limit', 'rate', 'state', 'queues'], ...rows])
}

/** What a gate is for `--json`: its times as text. */
export function gateJson({ until, againAt, ...gate }: GateState) {
  return {
    ...gate,
    ...(until !== undefined && { until: utc(until) }),
    ...(againAt !== undefined && { againAt: utc(againAt) }),
  }
}

/** What ready messages wait for, for `--json`. */
export function parkedJson({ until, ...parked }: Parked) {
  return { ...parked, ...(until !== undefined && { until: utc(until) }) }
}
