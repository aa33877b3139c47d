import type { Backend } from '../../queue/backend.ts'
import { messagesIn, type QueueCount } from '../../queue/queue-count.ts'
import { utc } from '../../queue/utc.ts'
import type { SlowJourney, SlowJourneys } from './summary.ts'

/*
 * No index has the length of journeys, so a few are looked at: those that have finished last, as the newest lines of the history
 * and the newest rows of the outputs tell, and those that have been in each queue for longest.
 */

const newestLines = 1000
const mostFinished = 200
const eachQueue = 10
const mostShown = 10

type Reading = Pick<Backend, 'lines' | 'list' | 'journey'>

interface Whose {
  readonly id: string
  readonly workflow: string
}

/** The slowest of the journeys that are looked at, in `counts`, the queues of the workflows, at the time `at` in milliseconds. */
export async function slowJourneys(
  backend: Reading,
  counts: readonly QueueCount[],
  at: number,
): Promise<SlowJourneys> {
  const finished = await journeysOf(backend, await finishedIn(backend, counts), at)
  const underWay = await journeysOf(backend, await oldestIn(backend, counts), at)
  return {
    finished: slowest(finished.filter(({ isOver }) => isOver)),
    underWay: slowest(underWay.filter(({ isOver }) => !isOver)),
    lookedAt: { finished: finished.length, underWay: underWay.length },
  }
}

async function finishedIn(backend: Reading, counts: readonly QueueCount[]): Promise<readonly Whose[]> {
  const outputs = counts.filter(({ role }) => role === 'output')
  const names = new Map(outputs.map(({ queue, workflow }) => [queue, workflow]))
  const { lines } = await backend.lines({ order: 'newest', limit: newestLines })
  const found = lines.flatMap(({ id, to }) => {
    const workflow = to === undefined ? undefined : names.get(to)
    return id === undefined || workflow === undefined ? [] : [{ id, workflow }]
  })
  for (const output of outputs)
    found.push(...(await rowsOf(backend, output, { limit: mostFinished, order: 'newest' })))
  return once(found).slice(0, mostFinished)
}

async function oldestIn(backend: Reading, counts: readonly QueueCount[]): Promise<readonly Whose[]> {
  const found: Whose[] = []
  for (const count of counts)
    if (count.role === 'stage' || count.role === 'review')
      found.push(...(await rowsOf(backend, count, { limit: eachQueue, order: 'oldest' })))
  return once(found)
}

async function rowsOf(
  backend: Reading,
  count: QueueCount,
  page: { readonly limit: number; readonly order: 'oldest' | 'newest' },
): Promise<readonly Whose[]> {
  if (messagesIn(count) === 0) return []
  const { rows } = await backend.list(count.queue, { ...page, values: false })
  return rows.map(({ id }) => ({ id, workflow: count.workflow }))
}

function once(all: readonly Whose[]): readonly Whose[] {
  return [...new Map(all.map((each) => [`${each.workflow}\n${each.id}`, each])).values()]
}

interface Looked extends SlowJourney {
  readonly isOver: boolean
}

async function journeysOf(backend: Reading, whose: readonly Whose[], at: number): Promise<readonly Looked[]> {
  const looked: Looked[] = []
  for (const { id, workflow } of whose) {
    const journey = await backend.journey(workflow, id, { limit: 1 })
    if (!journey) continue
    const { enteredAt, finishedAt, queue } = journey
    const tookMs = Math.max(0, (finishedAt ?? at) - enteredAt)
    const isOver = finishedAt !== undefined
    looked.push({
      id,
      workflow,
      entered: utc(enteredAt),
      tookMs,
      ...(queue !== undefined && { queue }),
      isOver,
    })
  }
  return looked
}

function slowest(journeys: readonly Looked[]): readonly SlowJourney[] {
  return journeys
    .toSorted((a, b) => b.tookMs - a.tookMs)
    .slice(0, mostShown)
    .map(({ isOver: _, ...journey }) => journey)
}
