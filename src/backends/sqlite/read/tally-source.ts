import type { Filter, MarkFilter } from '../../../queue/filter.ts'
import type { TallyRequest } from '../../../queue/tally.ts'
import { markSearch } from '../filter/few.ts'
import { type Binds, isMarkOf, shownStatus } from '../filter/filter-sql.ts'
import { rowTerms } from '../filter/row-terms.ts'
import { fieldOf } from '../tables/schema.ts'

/** Where the rows of a tally come from. */
export interface Source {
  /** The query for the `value` of each row that may match, and whether it `fits`; `rest` is the SQL for what the filter leaves to it. */
  readonly sql: (rest: string) => string
  readonly binds: Binds
  /** What of the filter the source does not see to by itself. */
  readonly rest: Filter
}

const tag = fieldOf('t.value', 'tag')
const values = {
  queue: '@name',
  status: shownStatus,
  tag: `iif(typeof(${tag}) = 'text', ${tag}, null)`,
  none: 'null',
} as const

const among = '+t.queue = @queue and t.token in (select value from json_each(@tokens))'

/**
 * The source with the fewest looks: the tokens @tokens, if they are few; those that have a mark which the filter wants; those that
 * have the mark that is counted; else all rows of the queue @queue.
 */
export function sourceOf({ request, hasTokens }: { request: TallyRequest; hasTokens: boolean }): Source {
  const { by, only = {} } = request
  const isOfMark = by?.startsWith('mark:') === true
  const binds: Binds = isOfMark ? { by: by!.slice('mark:'.length) } : {}
  const value = isOfMark ? 'e.value' : values[(by as keyof typeof values | undefined) ?? 'none']
  const marked = isOfMark ? ` cross join pw_marks e on ${isMarkOf('e')} and e.mark = @by` : ''
  const head = (fits: string) => `select ${value} as value, ${fits} as fits from`
  if (hasTokens)
    return { sql: (rest) => `${head(rest)} pw_tokens t${marked} where ${among}`, binds, rest: only }
  for (const [name, each] of Object.entries(only.marks ?? {})) {
    const search = markSearch(name, each)
    if (!search) continue
    return {
      sql: (rest) =>
        `${head(`${isMarkOf('d')} and ${rest}`)} ${search.from} cross join pw_tokens t on t.token = d.token${marked} where ${search.where}`,
      binds: { ...binds, ...search.binds },
      rest: without(only, name, each),
    }
  }
  if (isOfMark)
    return {
      sql: (rest) =>
        `${head(`${isMarkOf('e')} and ${rest}`)} pw_marks e cross join pw_tokens t on t.token = e.token where e.queue = @queue and e.mark = @by`,
      binds,
      rest: only,
    }
  const terms = rowTerms(only)
  return {
    sql: (rest) => terms.map((term) => `${head(rest)} pw_tokens t where ${term}`).join(' union all '),
    binds,
    rest: only,
  }
}

// `only`, less what the search among the marks called `name` has seen to: the values that are wanted, or else the range.
function without(only: Filter, name: string, { any, none, ...range }: MarkFilter): Filter {
  const { [name]: _, ...others } = only.marks ?? {}
  const isByValue = any !== undefined && !any.includes(null)
  const left: MarkFilter = { ...(none && { none }), ...(isByValue ? range : any && { any }) }
  return { ...only, marks: Object.keys(left).length === 0 ? others : { ...others, [name]: left } }
}
