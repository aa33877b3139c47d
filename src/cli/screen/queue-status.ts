import type { Backend, QueueCount } from '../../queue/backend.ts'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import type { Row } from '../../queue/rows.ts'
import { type Leaving, leavingRates } from './leaving-rates.ts'

/** The status of a queue. */
export interface QueueStatus extends QueueCount {
  /** Milliseconds since its oldest message entered. */
  readonly oldestAgeMs?: number | undefined
  /** Tokens that left it per minute, lately; undefined where the backend cannot be queried. */
  readonly perMinute?: number | undefined
  /** Milliseconds until it is empty if nothing enters; undefined unless something has left within a minute. */
  readonly drainMs?: number | undefined
  /** The owners of its first twenty leases that have not run out. */
  readonly holders: readonly string[]
  /** The progress that handlers have reported, for the first twenty leased messages. */
  readonly progress: readonly TokenProgress[]
  /** Whether messages wait and no worker seems to work on this queue. */
  readonly lacksWorker: boolean
}

/** How far the work on a token is. */
export interface TokenProgress {
  readonly id: string
  /** From 0 to 1. */
  readonly fraction: number
  readonly note?: string | undefined
}

const latelyMs = 60_000
// How long a worker may take to start.
const patienceMs = 10_000

/** The status of the queues of `backend`, or of those of `workflow` if it is given. */
export async function queueStatus(backend: Backend, workflow?: string): Promise<readonly QueueStatus[]> {
  const now = Date.now()
  const [all, rates] = await Promise.all([backend.count(), leavingRates(backend, now)])
  const counts = all.filter((count) => workflow === undefined || count.workflow === workflow)
  return Promise.all(
    counts.map(async (count) => {
      const leased = count.leased > 0 ? await leasedOf(backend, count.queue) : []
      return {
        ...count,
        ...workOn(leased),
        ...statusOf(count, { now, leaving: rates?.get(count.queue), rates }),
      }
    }),
  )
}

function statusOf(
  { role, ready, leased, delayed, oldestAt, paused, parked }: QueueCount,
  {
    now,
    leaving,
    rates,
  }: { readonly now: number; readonly leaving: Leaving | undefined; readonly rates: object | undefined },
) {
  const waiting = ready + leased + delayed
  const oldestAgeMs = oldestAt === undefined ? undefined : Math.max(0, now - oldestAt)
  const perMinute = rates && role !== 'output' ? (leaving?.perMinute ?? 0) : undefined
  const isMoving = leaving !== undefined && leaving.lastAt > now - latelyMs
  const waits = role === 'stage' && !paused && !parked && ready > 0 && (oldestAgeMs ?? 0) > patienceMs
  return {
    oldestAgeMs,
    perMinute,
    drainMs: isMoving && perMinute && waiting > 0 ? Math.round((waiting / perMinute) * 60_000) : undefined,
    lacksWorker: waits && leased === 0 && rates !== undefined && !isMoving,
  }
}

async function leasedOf(backend: Backend, queue: string): Promise<readonly Row[]> {
  return (await backend.list(queue, { limit: 20, only: { status: 'leased' } })).rows
}

function workOn(leased: readonly Row[]): Pick<QueueStatus, 'holders' | 'progress'> {
  return {
    holders: [...new Set(leased.flatMap(({ owner }) => owner ?? []))],
    progress: leased.flatMap(({ id, progress }) => (progress ? progressOf(id, progress) : [])),
  }
}

function progressOf(id: string, { fraction, note }: NonNullable<Row['progress']>): TokenProgress {
  return { id, fraction, ...(note === undefined ? {} : { note: hidePasswords(note) }) }
}
