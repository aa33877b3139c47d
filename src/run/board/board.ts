import type { Pulse, QueuePulse } from '../../queue/pulse.ts'
import { livingIn } from '../../queue/queue-count.ts'
import { slotsOf, type WorkingProcess } from '../presence/processes.ts'
import { figuresOf, leftOf, type QueueFigures, spanOf } from './figures.ts'

/** A queue of the board. */
interface BoardQueue extends Omit<QueuePulse, 'meters'>, QueueFigures {
  /** Whether a process works on it, or has a message of it; of no meaning but for stages. */
  readonly works: boolean
  /** How many messages its processes work on at once; undefined if that is not known. */
  readonly slots?: number | undefined
  /** Milliseconds until nothing waits in it, as it goes now; undefined if no process works on it, or it grows. */
  readonly drainMs?: number | undefined
  /** Whether something waits, and more comes than leaves. */
  readonly grows: boolean
}

/** How many messages go from one queue to another. */
interface BoardEdge {
  readonly from: string
  readonly to: string
  readonly perMinute: number
}

/** A workflow live. */
export interface Board {
  readonly at: number
  /** How far its rates reach back, in milliseconds. */
  readonly spanMs: number
  readonly queues: readonly BoardQueue[]
  readonly edges: readonly BoardEdge[]
  /** The stage that would take longest for what waits in it, if that is more than a minute. */
  readonly bottleneck?: string | undefined
}

const leastBottleneckMs = 60_000

/** The cursor of a pulse that has the last `windowMs` before `now`. */
export function cursorOf(now: number, windowMs: number): string {
  return `${Math.max(0, Math.floor(now - windowMs))}`
}

/** The board of the queues of `pulse`, which reaches back `windowMs`, and of the processes that work on them. */
export function boardOf({ at, queues: all }: Pulse, { workflow, windowMs, processes }: Looking): Board {
  const queues = all.filter((queue) => queue.workflow === workflow)
  const spanMs = spanOf(queues, at, windowMs)
  const shown = queues.map((queue) => boardQueueOf(queue, { spanMs, processes }))
  const slowest = shown
    .map((queue) => ({ queue: queue.queue, ms: workLeftMs(queue) }))
    .filter(({ ms }) => ms > leastBottleneckMs)
    .sort((a, b) => b.ms - a.ms)[0]
  return {
    at,
    spanMs,
    queues: shown,
    edges: edgesOf(queues, spanMs),
    ...(slowest && { bottleneck: slowest.queue }),
  }
}

interface Looking {
  readonly workflow: string
  readonly windowMs: number
  readonly processes: readonly WorkingProcess[]
}

function boardQueueOf(
  { meters, ...queue }: QueuePulse,
  { spanMs, processes }: Pick<Looking, 'processes'> & { readonly spanMs: number },
): BoardQueue {
  const figures = figuresOf(meters, spanMs)
  const slots = slotsOf(processes, queue.queue)
  const works = slots !== undefined || queue.leased > 0
  const waiting = livingIn(queue)
  const fewerPerMinute = figures.leftPerMinute - figures.enteredPerMinute
  const isEnd = queue.role === 'output' || queue.role === 'inbox'
  return {
    ...queue,
    ...figures,
    works,
    ...(slots ? { slots } : {}),
    ...(works && waiting > 0 && fewerPerMinute > 0 && !isEnd
      ? { drainMs: Math.round((waiting / fewerPerMinute) * 60_000) }
      : {}),
    grows: !isEnd && waiting > 0 && fewerPerMinute < 0,
  }
}

function workLeftMs({ role, ready, work, slots }: BoardQueue): number {
  return role === 'stage' ? (ready * (work?.p50 ?? 0)) / Math.max(1, slots ?? 1) : 0
}

function edgesOf(queues: readonly QueuePulse[], spanMs: number): readonly BoardEdge[] {
  return queues.flatMap(({ queue: from, meters }) => {
    const counts = new Map<string, number>()
    for (const meter of meters)
      if (meter.to !== undefined) counts.set(meter.to, (counts.get(meter.to) ?? 0) + leftOf(meter))
    return [...counts].map(([to, count]) => ({ from, to, perMinute: (count / spanMs) * 60_000 }))
  })
}
