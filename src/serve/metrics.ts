import { Counter, Gauge, type Metric, Registry } from 'prom-client'
import type { Backend } from '../queue/backend.ts'
import type { Pulse, Spread } from '../queue/pulse.ts'
import { endOfBucket } from '../queue/spread.ts'
import { statuses } from '../queue/status.ts'
import { processesOf, slotsOf } from '../run/presence/processes.ts'
import { MeterTotals, type QueueTotals } from './meter-totals.ts'

const labelNames = ['workflow', 'queue'] as const

/** The metrics of the queues of a backend, in the text that Prometheus reads. */
export interface Metrics {
  /** The type of the text, for the header. */
  readonly contentType: string
  /** The text now: of all workflows, or of one. */
  read(): Promise<string>
}

/**
 * The metrics of `backend`, or of its queues of `workflow`. What is counted and what has come and left is exact; failures and
 * histograms are those since the first reading here.
 */
export function makeMetrics(backend: Backend, workflow?: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, ...more: string[]) =>
    new Gauge({ name: `pipewright_${name}`, help, labelNames: [...labelNames, ...more], registers })
  const counter = (name: string, help: string) =>
    new Counter({ name: `pipewright_${name}`, help, labelNames: [...labelNames], registers })
  const messages = gauge('messages', 'Messages in a queue, by their status.', 'status', 'role')
  const oldest = gauge('oldest_seconds', 'How long ago the oldest message came to its queue.')
  const paused = gauge('paused', 'Whether a queue is paused.')
  const slots = gauge('slots', 'How many messages the processes work on at once at most.')
  const processes = new Gauge({
    ...{ name: 'pipewright_processes', help: 'Processes that work on a workflow.', labelNames: ['workflow'] },
    registers,
  })
  const entered = counter('entered_total', 'Messages that have ever come to a queue.')
  const left = counter('left_total', 'Messages that have ever left a queue.')
  const failed = counter('failed_attempts_total', 'Attempts that failed, since this server was first asked.')
  const wait = new SpreadHistogram(
    'wait_seconds',
    'How long messages had waited when they were first leased.',
  )
  const work = new SpreadHistogram('work_seconds', 'How long the work on a message took.')
  for (const histogram of [wait, work]) registry.registerMetric(histogram as unknown as Metric)
  const totals = new MeterTotals()
  let cursor: string | undefined
  let last: Promise<unknown> = Promise.resolve()

  function show({ at, queues }: Pulse, sums: readonly QueueTotals[]): void {
    registry.resetMetrics()
    for (const queue of queues) {
      const labels = { workflow: queue.workflow, queue: queue.queue }
      for (const status of statuses) messages.set({ ...labels, status, role: queue.role }, queue[status])
      if (queue.oldestAt !== undefined) oldest.set(labels, Math.max(0, at - queue.oldestAt) / 1000)
      paused.set(labels, queue.paused ? 1 : 0)
      if (queue.role === 'inbox') continue
      entered.inc(labels, queue.entered)
      left.inc(labels, queue.left)
    }
    for (const { workflow, queue, cell } of sums) failed.inc({ workflow, queue }, cell.failed)
    wait.show(sums.map(({ cell, ...labels }) => ({ labels, spread: cell.age })))
    work.show(sums.map(({ cell, ...labels }) => ({ labels, spread: cell.work })))
  }

  async function showProcesses({ queues }: Pulse): Promise<void> {
    const workflows = new Set(queues.map((queue) => queue.workflow))
    for (const each of workflows) {
      const found = await processesOf(backend, each)
      processes.set({ workflow: each }, found.length)
      for (const { queue } of queues.filter((queue) => queue.workflow === each)) {
        const count = slotsOf(found, queue)
        if (count !== undefined) slots.set({ workflow: each, queue }, count)
      }
    }
  }

  return {
    contentType: registry.contentType,
    read() {
      // One after the other: each goes on where the one before ended.
      const text = last.then(readNow)
      last = text.catch(() => {})
      return text
    },
  }

  async function readNow(): Promise<string> {
    const whole = await backend.pulse(cursor)
    const queues = whole.queues.filter((queue) => workflow === undefined || queue.workflow === workflow)
    const pulse = { ...whole, queues }
    const sums = totals.add(pulse)
    cursor = whole.cursor
    show(pulse, sums)
    await showProcesses(pulse)
    return registry.metrics()
  }
}

interface Shown {
  readonly labels: { readonly workflow: string; readonly queue: string }
  readonly spread: Spread
}

/** A histogram whose buckets were counted elsewhere: prom-client's own takes one observation at a time. */
class SpreadHistogram {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  #shown: readonly Shown[] = []

  constructor(name: string, help: string) {
    this.name = `pipewright_${name}`
    this.help = help
  }

  show(shown: readonly Shown[]): void {
    this.#shown = shown
  }

  reset(): void {
    this.#shown = []
  }

  async get() {
    const { name, help, type } = this
    return {
      name,
      help,
      type,
      aggregator: 'sum',
      values: this.#shown.flatMap((each) => valuesOf(name, each)),
    }
  }
}

function valuesOf(name: string, { labels, spread: { buckets, sumMs } }: Shown) {
  let count = 0
  const below = buckets.map((times, at) => {
    count += times
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: `${endOfBucket(at) / 1000}` },
      value: count,
    }
  })
  return [
    ...below,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sumMs / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
