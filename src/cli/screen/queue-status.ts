import type { Backend } from '../../queue/backend.ts'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import type { QueuePulse } from '../../queue/pulse.ts'
import { livingIn } from '../../queue/queue-count.ts'
import type { Row } from '../../queue/rows.ts'
import { figuresOf, type Percentiles, spanOf } from '../../run/board/figures.ts'
import { processesOf, slotsOf, type WorkingProcess } from '../../run/presence/processes.ts'
import { type Leaving, leavingRates, leavingRatesOf } from './leaving-rates.ts'

/** The status of a queue. */
export interface QueueStatus extends Omit<QueuePulse, 'meters'> {
  /** Milliseconds since its oldest message entered. */
  readonly oldestAgeMs?: number | undefined
  /** Tokens that left it per minute, lately; undefined for an output. */
  readonly perMinute?: number | undefined
  /** How long its messages had waited when they were first leased, within five minutes; undefined if none was. */
  readonly age?: Percentiles | undefined
  /** How long the work on them took. */
  readonly work?: Percentiles | undefined
  /** How many messages processes work on at once at most; undefined if that is not known. */
  readonly slots?: number | undefined
  /** Milliseconds until it is empty if nothing enters; undefined unless something has left within a minute, and a process works on it. */
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
const windowMs = 5 * 60_000

/** The status of the queues of `backend`, or of those of `workflow` if it is given. */
export async function queueStatus(backend: Backend, workflow?: string): Promise<readonly QueueStatus[]> {
  const now = Date.now()
  const [pulse, ownRates] = await Promise.all([backend.pulse(), leavingRates(backend, now)])
  const shown = pulse.queues.filter((queue) => workflow === undefined || queue.workflow === workflow)
  const spanMs = spanOf(shown, pulse.at, windowMs)
  const rates = ownRates ?? leavingRatesOf(shown, spanMs)
  const workflows = [...new Set(shown.map((queue) => queue.workflow))]
  const found = await Promise.all(workflows.map((each) => processesOf(backend, each)))
  const byWorkflow = new Map(workflows.map((each, n) => [each, found[n]!]))
  return Promise.all(
    shown.map(async ({ meters, ...queue }) => {
      const leased = queue.leased > 0 ? await leasedOf(backend, queue.queue) : []
      const { age, work } = figuresOf(meters, spanMs)
      return {
        ...queue,
        ...(age && { age }),
        ...(work && { work }),
        ...workOn(leased),
        ...statusOf(queue, {
          now,
          leaving: rates.get(queue.queue),
          processes: byWorkflow.get(queue.workflow)!,
        }),
      }
    }),
  )
}

interface Lately {
  readonly now: number
  readonly leaving: Leaving | undefined
  readonly processes: readonly WorkingProcess[]
}

function statusOf(count: Omit<QueuePulse, 'meters'>, { now, leaving, processes }: Lately) {
  const { queue, role, ready, leased, oldestAt, paused, parked } = count
  const waiting = livingIn(count)
  const oldestAgeMs = oldestAt === undefined ? undefined : Math.max(0, now - oldestAt)
  const perMinute = role === 'output' ? undefined : (leaving?.perMinute ?? 0)
  const isMoving = leaving !== undefined && leaving.lastAt > now - latelyMs
  const slots = slotsOf(processes, queue)
  // Loops of a program of the user's own say nothing of themselves: what they do shows that they are there.
  const isWorkedOn = slots !== undefined || leased > 0 || (isMoving && processes.length === 0)
  const waits = role === 'stage' && !paused && !parked && ready > 0 && (oldestAgeMs ?? 0) > patienceMs
  const drains = isMoving && perMinute && waiting > 0 && (isWorkedOn || role === 'review')
  return {
    oldestAgeMs,
    perMinute,
    ...(slots ? { slots } : {}),
    drainMs: drains ? Math.round((waiting / perMinute) * 60_000) : undefined,
    lacksWorker: waits && !isWorkedOn,
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
