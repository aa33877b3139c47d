import type { SqliteBackend } from '../../backends/sqlite/index.ts'
import type { Backend } from '../../queue/backend.ts'
import { leavingEvents } from '../../queue/leaving.ts'
import type { QueuePulse } from '../../queue/pulse.ts'
import { leftOf } from '../../run/board/figures.ts'

const windowMs = 5 * 60_000
const shortestMs = 10_000
// A look must stay cheap, however busy the queues are.
const newestLines = 20_000

/** How tokens leave a queue: how many a minute, and when the last one did, in milliseconds since 1970. */
export interface Leaving {
  readonly perMinute: number
  readonly lastAt: number
}

/**
 * How tokens have left each queue over the last five minutes, or as far back as a bounded look at the history goes.
 * Undefined where the backend cannot be asked in SQL.
 */
export async function leavingRates(
  backend: Backend,
  now: number,
): Promise<ReadonlyMap<string, Leaving> | undefined> {
  if (!canQuery(backend)) return undefined
  const { rows } = await backend.query(
    `with recent as (
       select queue, event, time_ms from history
       where line > (select coalesce(max(line), 0) from history) - ${newestLines}
         and time_ms > ${Math.floor(now - windowMs)}
     )
     select queue, count(*), max(time_ms), (select min(time_ms) from recent) from recent
     where event in (${leavingEvents.map((event) => `'${event}'`).join(', ')})
     group by queue`,
  )
  return new Map(
    rows.map(([queue, left, lastAt, since]) => {
      const spanMs = Math.max(shortestMs, now - Number(since))
      return [String(queue), { perMinute: (Number(left) / spanMs) * 60_000, lastAt: Number(lastAt) }]
    }),
  )
}

/** The same by the meters of a pulse that reaches back `spanMs`: to the minute, for any backend. */
export function leavingRatesOf(queues: readonly QueuePulse[], spanMs: number): ReadonlyMap<string, Leaving> {
  const rates = queues.flatMap(({ queue, meters }) => {
    const leaving = meters.map((meter) => ({ left: leftOf(meter), lastAt: meter.at + meter.ms }))
    const left = leaving.reduce((sum, each) => sum + each.left, 0)
    const lastAt = Math.max(...leaving.flatMap((each) => (each.left > 0 ? each.lastAt : [])))
    return left === 0 ? [] : [[queue, { perMinute: (left / spanMs) * 60_000, lastAt }] as const]
  })
  return new Map(rates)
}

/** Whether `backend` can be asked in SQL. */
export function canQuery(backend: Backend): backend is SqliteBackend {
  return 'query' in backend && typeof backend.query === 'function'
}
