import type { Filter, MarkFilter } from '../../../queue/filter.ts'
import { phrasesOf } from '../../../queue/text.ts'
import { textAfter } from '../../../queue/text-after.ts'
import type { Session } from '../server/database.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import { Binds } from './binds.ts'
import { canBeStored } from './can-be-stored.ts'
import { numbersSql, valuesSql } from './filter-sql.ts'

/** Up to so many tokens an index may name, so that these are looked at and no others. */
const few = 5000

/** The queue in which messages are looked for. */
export type Place = Pick<QueueEntry, 'ref' | 'workflow'>

/** A search by an index: the tokens that it names, of rows `d`, are all that may match, and others, which need not. */
interface Search {
  readonly from: string
  readonly where: string
}

type MakeSearch = (binds: Binds) => Search

/**
 * The numbers of the tokens among which are all that match `only` in a queue, if an index says that they are few: 5,000 at most.
 * Undefined otherwise: then the queue is looked through in the order that is wanted.
 */
export async function fewTokens(
  { rows }: Session,
  place: Place,
  only: Filter,
): Promise<readonly number[] | undefined> {
  for (const make of searchesFor(place, only)) {
    const binds = new Binds()
    const { from, where } = make(binds)
    const found = await rows<{ token: number }>(
      `select d.token from ${from} d where ${where} limit ${few + 1}`,
      ...binds.values,
    )
    if (found.length <= few) return found.map(({ token }) => token)
  }
  return undefined
}

function searchesFor({ ref, workflow }: Place, only: Filter): readonly MakeSearch[] {
  const { ids, idPrefix, parent, owner, text, marks = {} } = only
  const found: MakeSearch[] = []
  if (ids)
    found.push((binds) => ({
      from: 'pw_ids',
      where: `d.workflow = ${binds.add(workflow, 'text')} and d.id = any(${binds.add(ids.filter(canBeStored), 'text[]')})`,
    }))
  if (idPrefix !== undefined) found.push((binds) => idSearch(workflow, idPrefix, binds))
  if (typeof owner === 'string')
    found.push((binds) => ({
      from: 'pw_tokens',
      where: `d.queue = ${binds.add(ref, 'integer')} and d.status = 'leased' and d.owner = ${binds.add(owner, 'text')}`,
    }))
  if (parent !== undefined)
    found.push((binds) => ({
      from: 'pw_tokens',
      where: `d.workflow = ${binds.add(workflow, 'text')} and d.parent = ${binds.add(parent, 'text')}`,
    }))
  const words = text === undefined ? [] : wholeWordsOf(text)
  if (words.length > 0)
    found.push((binds) => ({
      from: 'pw_texts',
      where: `d.queue = ${binds.add(ref, 'integer')} and d.words @> ${binds.add(words, 'text[]')}`,
    }))
  for (const [name, each] of Object.entries(marks)) {
    const marked = markSearch(ref, name, each)
    if (marked) found.push(marked)
  }
  return found
}

/** The search among the marks called `name` of a queue for what `each` wants; undefined if it wants what is not there. */
export function markSearch(queue: number, name: string, each: MarkFilter): MakeSearch | undefined {
  if (!wantsMark(each)) return undefined
  return (binds) => ({
    from: 'pw_marks',
    where: `d.queue = ${binds.add(queue, 'integer')} and d.mark = ${binds.add(name, 'text')} and ${wantedSql('d', each, binds)}`,
  })
}

/** The condition that the mark `alias` may be one that `each` wants. */
export function wantedSql(alias: string, each: MarkFilter, binds: Binds): string {
  if (!wantsMark(each)) return 'true'
  const { any, from, to } = each
  if (any && !any.includes(null)) return valuesSql(alias, any, binds) ?? 'false'
  return numbersSql(alias, { from, to }, binds) ?? 'true'
}

function wantsMark({ any, from, to }: MarkFilter): boolean {
  return (any !== undefined && !any.includes(null)) || from !== undefined || to !== undefined
}

/** The words of a filter's text that stand whole in what is found. */
function wholeWordsOf(text: string): readonly string[] {
  return [...new Set(phrasesOf(text).flatMap(({ words, isBegin }) => (isBegin ? words.slice(0, -1) : words)))]
}

function idSearch(workflow: string, prefix: string, binds: Binds): Search {
  const end = textAfter(prefix)
  const from = `d.workflow = ${binds.add(workflow, 'text')} and d.id >= ${binds.add(prefix, 'text')}`
  return { from: 'pw_ids', where: end === undefined ? from : `${from} and d.id < ${binds.add(end, 'text')}` }
}
