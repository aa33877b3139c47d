import type { Line } from './ledger.ts'
import type { Scene } from './scene.ts'

const stages = 5

/**
 * Compares what the database says at the end with the ledger kept outside of it, and returns a sentence for each
 * contradiction: tokens lost, doubled, stuck or made up; results that are there twice, or are not of a run that had
 * come to its end; results that were answered with success and are not there.
 */
export async function reconcile({ backend, entered, lines }: Scene): Promise<readonly string[]> {
  const faults: string[] = []
  const say = (sentence: string) => void (faults.length < 20 && faults.push(sentence))
  const ledger = lines()
  const ended = keysOf(ledger, 'end')
  const told = keysOf(ledger, 'told')

  const rows = (await backend.query('select id, value from travel_output', 1e6)).rows as [string, string][]
  const waiting = await backend.query(
    "select id, queue from tokens where queue <> 'travel/output' or queue is null",
    1e6,
  )
  for (const [id, queue] of waiting.rows) say(`${id} is in ${queue}`)
  for (const id of setOf(
    rows.map(([id]) => id),
    (id) => say(`${id} is in the output twice`),
  )) {
    if (!entered.has(id)) say(`${id} has never entered`)
  }
  if (rows.length !== entered.size) say(`${rows.length} of ${entered.size} tokens are in the output`)

  for (const [id, value] of rows) {
    const { runs } = JSON.parse(value) as { runs: string[] }
    if (runs.length !== stages) say(`${id} has the results of ${runs.length} runs: ${runs.join(', ')}`)
    runs.forEach((run, n) => {
      const key = `${id}:${n + 1}`
      if (ended.get(run) !== key) say(`the result of ${key} is of run ${run}, which did not end with it`)
    })
  }
  const results = new Map<string, string>(
    rows.flatMap(([id, value]) =>
      (JSON.parse(value) as { runs: string[] }).runs.map((run, n) => [`${id}:${n + 1}`, run] as const),
    ),
  )
  for (const [run, key] of told) {
    if (results.get(key) !== run)
      say(`run ${run} was told that its result of ${key} counts, but ${results.get(key)}'s does`)
  }

  const history = await backend.query('select id, hop, event from history', 1e6)
  const leaving = setOf(
    history.rows.filter(([, , event]) => event === 'moved').map(([id, hop]) => `${id}:${hop}`),
    (key) => say(`${key} was left twice`),
  )
  for (const key of results.keys())
    if (!leaving.has(key)) say(`the history does not tell that ${key} was left`)
  if (leaving.size !== results.size)
    say(`${leaving.size} hops are in the history, ${results.size} in the results`)
  for (const [id, hop, event] of history.rows) {
    if (!['entered', 'moved', 'expired'].includes(String(event))) say(`${id}:${hop} was ${event}`)
  }
  return faults
}

/** Which key each run of the event is about. */
function keysOf(lines: readonly Line[], wanted: Line['event']): Map<string, string> {
  return new Map(lines.filter(({ event }) => event === wanted).map(({ key, run }) => [run, key]))
}

function setOf(keys: readonly string[], twice: (key: string) => void): Set<string> {
  const seen = new Set<string>()
  for (const key of keys) {
    if (seen.has(key)) twice(key)
    seen.add(key)
  }
  return seen
}
