import { type SqliteBackend, sqlite } from '../../../src/backends/sqlite/index.ts'
import type { Call } from './calls.ts'

/** The answers that a process got, by its lines in a trace. */
export interface Answers {
  readonly pushed: readonly string[]
  readonly refused: readonly string[]
  /** Tokens and hops whose commit was answered with success: `t1 3`. */
  readonly told: readonly string[]
}

/** What was said on standard output by the time that `calls` had been made. */
export function answersIn(calls: readonly Call[]): Answers {
  const lines = calls
    .filter(({ name }) => name === 'write')
    .flatMap(({ data }) => data.toString().trimEnd().split('\n'))
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  return { pushed: of('pushed'), refused: of('refused'), told: of('told') }
}

/** Whether a call reports a success. */
export function isAnswer({ name, data }: Call): boolean {
  return name === 'write' && /^(pushed|told) /.test(data.toString('latin1', 0, 8))
}

/**
 * Opens the database `file` as the next process would, and returns a sentence for each answer that it contradicts,
 * and for each token that is not in exactly one queue.
 */
export async function contradictions(file: string, { pushed, told }: Answers): Promise<readonly string[]> {
  const backend = await sqlite(file)
  try {
    return await compare(backend, pushed, told)
  } finally {
    await backend.close()
  }
}

// The view of the history is not there before the first workflow is.
const movedHops = `select t.id || ' ' || h.hop from pw_history h join pw_tokens t on t.token = h.token
  join pw_events e on e.ref = h.event where e.name = 'moved'`

async function compare(
  backend: SqliteBackend,
  pushed: readonly string[],
  told: readonly string[],
): Promise<readonly string[]> {
  const column = async (sql: string) => (await backend.query(sql, 1e6)).rows.map(([cell]) => String(cell))
  const [sound] = await column('pragma integrity_check')
  const known = await column('select id from pw_tokens')
  const moved = new Set(await column(movedHops))
  const tables = await column('select view from pw_queues')
  const places = await column(
    tables.map((table) => `select id from ${table}`).join(' union all ') || 'select 1 where 0',
  )
  const counted = (id: string) => places.filter((place) => place === id).length
  return [
    ...(sound === 'ok' ? [] : [`the file is damaged: ${sound}`]),
    ...pushed
      .filter((id) => !known.includes(id))
      .map((id) => `the push of ${id} was answered, and it is gone`),
    ...told.filter((hop) => !moved.has(hop)).map((hop) => `the hop ${hop} was answered, and it is gone`),
    ...known.filter((id) => counted(id) !== 1).map((id) => `${id} is in ${counted(id)} queues`),
  ]
}
