import type { Moment } from '../../../queue/lapse.ts'
import type { TallyRequest } from '../../../queue/tally.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { Binds } from './binds.ts'
import { markSearch } from './few.ts'
import { isMarkOf, shownStatus } from './filter-sql.ts'
import { rowTerms } from './row-terms.ts'

/** Where the rows of a tally come from. */
export interface TallySource {
  /**
   * The query for the `text` or `number` of each row that may match, or for what finds its marks if these are counted by name, and
   * whether it `fits`, as the SQL that is given says of a row `t`.
   */
  readonly sql: (fits: string) => string
  /** Whether rows have a value each, or a mark without which they do not count, or names. */
  readonly kind: 'all' | 'marked' | 'names'
}

interface How {
  readonly request: TallyRequest
  readonly moment: Moment
  readonly binds: Binds
}

/** The rows of a queue that have the mark that is counted, or one that the filter wants, or else all. */
export function sourceOf(queue: QueueEntry, how: How): TallySource {
  const { request, moment, binds } = how
  const { only = {} } = request
  const { head, join, kind } = cellsOf(queue, how)
  for (const [name, each] of Object.entries(only.marks ?? {})) {
    const search = markSearch(queue.ref, name, each)?.(binds)
    if (!search) continue
    const joined = join()
    return {
      sql: (fits) =>
        `${head(`${isMarkOf('d')} and ${fits}`)} from ${search.from} d join pw_tokens t on t.token = d.token${joined} where ${search.where}`,
      kind,
    }
  }
  const mark = markNameOf(request.by)
  if (mark !== undefined) {
    const where = `e.queue = ${binds.add(queue.ref, 'integer')} and e.mark = ${binds.add(mark, 'text')}`
    return {
      sql: (fits) =>
        `${head(`${isMarkOf('e')} and ${fits}`)} from pw_marks e join pw_tokens t on t.token = e.token where ${where}`,
      kind,
    }
  }
  const joined = join()
  const terms = rowTerms(only, { queue: queue.ref, moment, binds })
  return {
    sql: (fits) =>
      terms.map((term) => `${head(fits)} from pw_tokens t${joined} where ${term}`).join(' union all '),
    kind,
  }
}

/** Those of some tokens that are in a queue. */
export function rowsSource(
  queue: QueueEntry,
  how: How & { readonly tokens: readonly number[] },
): TallySource {
  const { head, join, kind } = cellsOf(queue, how)
  const { binds, tokens } = how
  const joined = join()
  const where = `t.queue + 0 = ${binds.add(queue.ref, 'integer')} and t.token = any(${binds.add(tokens, 'bigint[]')})`
  return { sql: (fits) => `${head(fits)} from pw_tokens t${joined} where ${where}`, kind }
}

function markNameOf(by: TallyRequest['by']): string | undefined {
  return by?.startsWith('mark:') ? by.slice('mark:'.length) : undefined
}

/** What is selected of each row, and the marks that have to be joined for it. */
function cellsOf(
  { name }: QueueEntry,
  { request: { by }, moment, binds }: How,
): {
  readonly head: (fits: string) => string
  readonly join: () => string
  readonly kind: TallySource['kind']
} {
  const select =
    (text: string, number = 'null::double precision') =>
    (fits: string) =>
      `select ${text} as text, ${number} as number, ${fits} as fits`
  const none = () => ''
  const mark = markNameOf(by)
  if (mark !== undefined) {
    const join = () => ` join pw_marks e on ${isMarkOf('e')} and e.mark = ${binds.add(mark, 'text')}`
    return { head: select('e.text', 'e.number'), join, kind: 'marked' }
  }
  if (by === 'mark')
    return { head: (fits) => `select t.token, t.hop, t.queue, ${fits} as fits`, join: none, kind: 'names' }
  if (by === 'queue') return { head: select(binds.add(name, 'text')), join: none, kind: 'all' }
  if (by === 'status') return { head: select(shownStatus(binds, moment)), join: none, kind: 'all' }
  return { head: select('null::text'), join: none, kind: 'all' }
}
