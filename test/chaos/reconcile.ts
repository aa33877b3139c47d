import type { HistoryLine } from '../../src/queue/lines.ts'
import type { Line } from './ledger.ts'
import type { Scene } from './scene.ts'
import { oddHop } from './travel.ts'

const stages = 5
const maxFaults = 20
const isBad = (id: string) => id.startsWith('bad')
// `released`: on a machine that is too busy, work would begin so late that its lease does not last.
const usualEvents = ['entered', 'moved', 'expired', 'released']
const oddEvents = [...usualEvents, 'postponed', 'failed']

/** A token at the end: where it is, and the runs that its results are of. */
interface End {
  readonly id: string
  readonly queue: string
  readonly runs: readonly string[]
}

/**
 * Compares what the database says at the end with the ledger kept outside of it, and returns a sentence for each
 * contradiction: tokens lost, doubled, stuck or made up; results that are there twice, or are not of a run that had
 * come to its end; results that were answered with success and are not there. Bad tokens end on the desk.
 */
export async function reconcile(scene: Scene): Promise<readonly string[]> {
  const ends = await readEnds(scene)
  const results = new Map(ends.flatMap(({ id, runs }) => runs.map((run, n) => [`${id}:${n + 1}`, run])))
  const faults = [
    ...checkEnds(scene, ends),
    ...checkRuns(scene.lines(), results),
    ...checkHistory(await readHistory(scene), results),
  ]
  return faults.slice(0, maxFaults)
}

async function readEnds({ backend }: Scene): Promise<readonly End[]> {
  const ends: End[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const { rows, next } = await backend.list({ workflow: 'travel' }, { after, limit: 1000 })
    for (const { id, queue, value } of rows)
      ends.push({ id, queue: queue!, runs: (value as { runs: string[] }).runs })
    after = next
  }
  return ends
}

async function readHistory(scene: Scene): Promise<readonly (readonly [string, string])[]> {
  return (await linesOf(scene)).map(({ id, hop, event }) => [`${id}:${hop}`, event])
}

/** The whole history. */
export async function linesOf({ backend }: Scene): Promise<readonly HistoryLine[]> {
  const all: HistoryLine[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const { lines, next } = await backend.lines({ after, limit: 1000 })
    all.push(...lines)
    after = next
  }
  return all
}

function checkEnds({ entered }: Scene, ends: readonly End[]): string[] {
  const wrong = ends.flatMap(({ id, queue, runs }) => {
    if (!entered.has(id)) return [`${id} has never entered`]
    const [place, length] = isBad(id) ? ['travel/desk', oddHop - 1] : ['travel/output', stages]
    if (queue === place && runs.length === length) return []
    return [`${id} is in ${queue} with the results of runs ${runs.join(', ')}`]
  })
  const seen = new Set(ends.map(({ id }) => id))
  const lost = [...entered].filter((id) => !seen.has(id)).map((id) => `${id} is in no queue`)
  return [...wrong, ...lost, ...twice(ends.map(({ id }) => id)).map((id) => `${id} is in two queues`)]
}

function checkRuns(lines: readonly Line[], results: ReadonlyMap<string, string>): string[] {
  const ended = new Map(lines.filter(({ event }) => event === 'end').map(({ key, run }) => [run, key]))
  const made = [...results].filter(([key, run]) => ended.get(run) !== key)
  const told = lines.filter(({ event, run }) => event === 'told' && run !== 'none')
  const denied = told.filter(({ key, run }) => results.get(key) !== run)
  return [
    ...made.map(([key, run]) => `the result of ${key} is of run ${run}, which did not end with it`),
    ...denied.map(
      ({ key, run }) => `run ${run} got the answer that its result of ${key} counts, and it does not`,
    ),
  ]
}

function checkHistory(
  history: readonly (readonly [string, string])[],
  results: ReadonlyMap<string, string>,
): string[] {
  const left = history.filter(([, event]) => event === 'moved').map(([key]) => key)
  const known = new Set(left)
  const odd = history.filter(([key, event]) => {
    const expected = /^(bad|once)/.test(key) ? oddEvents : usualEvents
    return !expected.includes(event)
  })
  return [
    ...twice(left).map((key) => `${key} was left twice`),
    ...[...results.keys()].filter((key) => !known.has(key)).map((key) => `no line says that ${key} was left`),
    ...left.filter((key) => !results.has(key)).map((key) => `${key} was left without a result`),
    ...odd.map(([key, event]) => `${key} was ${event}`),
  ]
}

function twice(keys: readonly string[]): string[] {
  const seen = new Set<string>()
  return keys.filter((key) => seen.size === seen.add(key).size)
}
