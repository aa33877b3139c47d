import type { Filter, MarkFilter } from '../../../queue/filter.ts'
import { textAfter } from '../../../queue/text-after.ts'
import type { Connection } from '../file/connection.ts'
import { type Binds, numbersSql, valuesSql } from './filter-sql.ts'
import { matchOf } from './match-of.ts'

/** Up to so many tokens an index may name, so that these are looked at and no others. */
const few = 5000

/** The queue in which messages are looked for. */
export interface Place {
  readonly ref: number
  readonly workflow: string
}

/** A search by an index: the tokens that it names are all that may match, and others, which need not. */
export interface Search {
  readonly from: string
  readonly where: string
  readonly binds: Binds
}

/**
 * The numbers of the tokens among which are all that match `only` in a queue, as JSON text, if an index says that they are few:
 * 5,000 at most. Undefined otherwise: then the queue is looked through in the order that is wanted.
 */
export function fewTokens(db: Connection, place: Place, only: Filter): string | undefined {
  for (const search of searchesFor(place, only)) {
    const { sql, binds } = tokensOf(search)
    const tokens = db
      .prepare<[Binds], number>(`${sql} limit ${few + 1}`)
      .pluck()
      .all(binds)
    if (tokens.length <= few) return JSON.stringify(tokens)
  }
  return undefined
}

/** The query for the tokens that a search names. */
export function tokensOf({ from, where, binds }: Search): { readonly sql: string; readonly binds: Binds } {
  return { sql: `select token from ${from} where ${where}`, binds }
}

/** The searches by an index that `only` allows in a queue. */
export function searchesFor({ ref, workflow }: Place, only: Filter): readonly Search[] {
  const { ids, idPrefix, parent, owner, text, marks = {} } = only
  const found: Search[] = []
  const search = (where: string, binds: Binds) =>
    found.push({ from: 'pw_tokens', where, binds: { workflow, ...binds } })
  if (ids)
    search('id in (select value from json_each(@ids)) and workflow = @workflow', { ids: JSON.stringify(ids) })
  if (idPrefix !== undefined) {
    const end = textAfter(idPrefix)
    const below = end === undefined ? '' : 'and id < @end'
    search(`id >= @prefix ${below} and workflow = @workflow`, {
      prefix: idPrefix,
      ...(end !== undefined && { end }),
    })
  }
  if (typeof owner === 'string')
    search(`status = 'leased' and owner = @owner and workflow = @workflow`, { owner })
  if (parent !== undefined) search('parent = @parent and workflow = @workflow', { parent })
  if (text !== undefined)
    found.push({
      from: 'pw_texts d',
      where: 'd.queue = @queue and d.token in (select rowid from pw_text where pw_text match @match)',
      binds: { queue: ref, match: matchOf(text) },
    })
  for (const [name, each] of Object.entries(marks)) {
    const marked = markSearch(name, each)
    if (marked) found.push({ ...marked, binds: { queue: ref, ...marked.binds } })
  }
  return found
}

/** The search among the marks called `name` of the queue @queue, for what `each` wants; undefined if it wants what is not there. */
export function markSearch(name: string, { any, from, to }: MarkFilter): Search | undefined {
  const binds: Binds = { mark: name }
  const bind = (value: string | number) => {
    const key = `v${Object.keys(binds).length}`
    binds[key] = value
    return `@${key}`
  }
  const wanted =
    any && !any.includes(null)
      ? (valuesSql('d.value', any, bind) ?? '0')
      : numbersSql('d.value', { from, to }, bind)
  if (wanted === undefined) return undefined
  return {
    from: 'pw_marks d',
    where: `d.queue = @queue and d.mark = @mark and ${wanted}`,
    binds,
  }
}
