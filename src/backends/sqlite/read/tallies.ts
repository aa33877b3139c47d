import type { Moment } from '../../../queue/lapse.ts'
import { foldTallies } from '../../../queue/rules/tally.ts'
import type { Tallies, TallyRequest } from '../../../queue/tally.ts'
import type { Connection } from '../file/connection.ts'
import { fewTokens, markSearch } from '../filter/few.ts'
import { type Binds, filterSql, isMarkOf, shownStatus } from '../filter/filter-sql.ts'
import { rowTerms } from '../filter/row-terms.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { fieldOf } from '../tables/schema.ts'
import { mostLooked } from './pages.ts'

type Queue = Pick<QueueEntry, 'ref' | 'name' | 'workflow'>

interface Group {
  readonly value: string | number | null
  readonly count: number
  readonly looked: number
}

/** The tallies of queues at `moment`. */
export function tallyRows(
  db: Connection,
  queues: readonly Queue[],
  { request, moment }: { readonly request: TallyRequest; readonly moment: Moment },
): Tallies {
  const budget = Math.max(1000, Math.floor(mostLooked / Math.max(1, queues.length)))
  const each = queues.map((queue) => tallyQueue(db, queue, { request, moment, budget }))
  const found = each.flat().filter(({ count, value }) => count > 0 && !isMissing(value, request))
  return {
    tallies: foldTallies(found, request),
    exact: each.every((groups) => groups.reduce((sum, { looked }) => sum + looked, 0) <= budget),
  }
}

function isMissing(value: Group['value'], { by }: TallyRequest): boolean {
  return value === null && by !== undefined && by.startsWith('mark')
}

function tallyQueue(
  db: Connection,
  queue: Queue,
  { request, moment, budget }: { request: TallyRequest; moment: Moment; budget: number },
): readonly Group[] {
  const { only = {} } = request
  const fits = filterSql(only)
  const tokens = fewTokens(db, queue, only)
  const { sql, binds } = sourceOf({ request, tokens, fits: fits.sql })
  const groups = db.prepare<[Binds], Group>(
    `select value, total(fits) as count, count(*) as looked from (${sql} limit ${budget + 1}) group by value`,
  )
  return groups.all({
    ...{ ...moment, ...fits.binds, ...binds, queue: queue.ref, name: queue.name },
    tokens: tokens ?? null,
  })
}

interface Asked {
  readonly request: TallyRequest
  readonly tokens: string | undefined
  readonly fits: string
}

/** A query for the `value` of each row that may match, and whether it `fits`, by the index that names the fewest. */
function sourceOf({ request, tokens, fits }: Asked): { readonly sql: string; readonly binds: Binds } {
  const { by, only = {} } = request
  const among = '+t.queue = @queue and t.token in (select value from json_each(@tokens))'
  if (by === 'mark' || by?.startsWith('mark:')) {
    const [value, which] = by === 'mark' ? ['d.mark', ''] : ['d.value', ' and d.mark = @by']
    const head = `select ${value} as value, ${isMarkOf('d')} and ${fits} as fits from`
    const binds = by === 'mark' ? {} : { by: by.slice('mark:'.length) }
    const sql =
      tokens === undefined
        ? `${head} pw_marks d cross join pw_tokens t on t.token = d.token where d.queue = @queue${which}`
        : `${head} pw_tokens t cross join pw_marks d on ${isMarkOf('d')} where ${among}${which}`
    return { sql, binds }
  }
  const value = values[(by as keyof typeof values | undefined) ?? 'none']
  const head = `select ${value} as value, ${fits} as fits from pw_tokens t where`
  if (tokens !== undefined) return { sql: `${head} ${among}`, binds: {} }
  for (const [name, each] of Object.entries(only.marks ?? {})) {
    const search = markSearch(name, each)
    if (!search) continue
    const from = search.sql.replace('where', 'cross join pw_tokens t on t.token = d.token where')
    return {
      sql: `select ${value} as value, ${isMarkOf('d')} and ${fits} as fits ${from}`,
      binds: search.binds,
    }
  }
  return {
    sql: rowTerms(only)
      .map((term) => `${head} ${term}`)
      .join(' union all '),
    binds: {},
  }
}

const tag = fieldOf('t.value', 'tag')
const tagSql = `iif(typeof(${tag}) = 'text', ${tag}, null)`
const values = { queue: '@name', status: shownStatus, tag: tagSql, none: 'null' }
