import type { Filter, MarkFilter, Range } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import { stepsOf } from '../../../queue/value-path.ts'
import type { Binds } from './binds.ts'
import { canBeStored } from './can-be-stored.ts'

/** The status of a row `t` as readers see it at a moment. */
export function shownStatus(binds: Binds, { now, elapsed }: Moment): string {
  return `case when (t.status in ('delayed', 'waiting') and t.due <= ${binds.add(now, 'bigint')})
    or (t.status = 'leased' and t.until <= ${binds.add(elapsed, 'bigint')}) then 'ready' else t.status end`
}

/** The condition that a mark `alias` is one of the stay in which the token `t` is. */
export function isMarkOf(alias: string): string {
  return `${alias}.token = t.token and ${alias}.hop = t.hop and ${alias}.queue = t.queue`
}

/** What of a filter is seen to only where its values and words are read: see `matches`. */
export function unreadPart({ tag, where, text }: Filter): Filter {
  return {
    ...(tag !== undefined && { tag }),
    ...(where?.length && { where }),
    ...(text !== undefined && { text }),
  }
}

/**
 * The condition that a row `t` of a workflow matches `only` at a moment, but for what is in its value and its words:
 * where that matters others match too, see `unreadPart`. Of a queue behind a
 * shut gate no row matches `suspect`: see `openTo`.
 */
export function filterSql(
  only: Filter,
  { binds, moment, workflow }: { readonly binds: Binds; readonly moment: Moment; readonly workflow: string },
): string {
  const terms: string[] = []
  const { status, suspect, ids, idPrefix, idPart, owner, parent, marks = {} } = only
  const text = (value: string) => binds.add(value, 'text')
  const isHeld = () => `(t.status = 'leased' and t.until > ${binds.add(moment.elapsed, 'bigint')})`
  if (status !== undefined) terms.push(`${shownStatus(binds, moment)} = ${text(status)}`)
  if (suspect) terms.push(`t.status = 'ready' and t.suspect`)
  if (ids)
    terms.push(
      `t.token = any(array(select i.token from pw_ids i where i.workflow = ${text(workflow)} and i.id = any(${binds.add(ids.filter(canBeStored), 'text[]')})))`,
    )
  if (idPrefix !== undefined) terms.push(`starts_with(t.id, ${text(idPrefix)})`)
  if (idPart !== undefined) terms.push(`strpos(t.id, ${text(idPart)}) > 0`)
  if (owner === null) terms.push(`not ${isHeld()}`)
  else if (owner !== undefined) terms.push(`${isHeld()} and t.owner = ${text(owner)}`)
  if (parent !== undefined) terms.push(`coalesce(t.parent = ${text(parent)}, false)`)
  for (const needle of needlesOf(only)) {
    // With a space behind the colon it was written by hand.
    const has = (part: string) => `strpos(t.value, ${part}) > 0`
    terms.push(`coalesce(${has(text(needle))} or ${has(`'": '`)}, false)`)
  }
  for (const [column, range] of rangesOf(only)) terms.push(...wholeRangeSql(column, range, binds))
  for (const [name, each] of Object.entries(marks)) terms.push(...markSql(name, each, binds))
  return terms.length === 0 ? 'true' : terms.map((term) => `(${term})`).join(' and ')
}

/**
 * What is somewhere in the text of each value that matches, which one function has made: few others have it, so that few values are
 * read. Null is there also where nothing is.
 */
function needlesOf({ tag, where = [] }: Filter): readonly string[] {
  const all = [...(tag === undefined ? [] : [{ path: 'tag', is: tag }]), ...where]
  return all.flatMap(({ path, is }) => {
    if (is === null) return []
    const step = stepsOf(path)!.at(-1)!
    return [`${typeof step === 'string' ? `${JSON.stringify(step)}:` : ''}${JSON.stringify(is)}`]
  })
}

function rangesOf({ deploy, entered, arrived, attempts }: Filter) {
  return [
    ['t.deploy', deploy],
    ['t.entered_at', entered],
    ['t.arrived_at', arrived],
    ['t.attempts', attempts],
  ] as const
}

const mostWhole = 2 ** 53

/** The conditions that a column of whole numbers is in a range: from 1.5 on is from 2 on, and below 1.5 is below 2. */
export function wholeRangeSql(column: string, { from, to }: Range = {}, binds: Binds): readonly string[] {
  const end = (bound: number) =>
    binds.add(Math.max(-mostWhole, Math.min(mostWhole, Math.ceil(bound))), 'bigint')
  return [
    ...(from === undefined ? [] : [`${column} >= ${end(from)}`]),
    ...(to === undefined ? [] : [`${column} < ${end(to)}`]),
  ]
}

function markSql(name: string, { any, none, ...range }: MarkFilter, binds: Binds): readonly string[] {
  const has = (which: string) =>
    `exists (select 1 from pw_marks m where ${isMarkOf('m')} and m.mark = ${binds.add(name, 'text')}${which && ` and ${which}`})`
  const isOneOf = (values: readonly (string | number | null)[]) => {
    const some = valuesSql('m', values, binds)
    const parts = [
      ...(some === undefined ? [] : [has(some)]),
      ...(values.includes(null) ? [`not ${has('')}`] : []),
    ]
    return parts.length === 0 ? 'false' : parts.join(' or ')
  }
  const numbers = numbersSql('m', range, binds)
  return [
    ...(any ? [isOneOf(any)] : []),
    ...(none ? [`not (${isOneOf(none)})`] : []),
    ...(numbers === undefined ? [] : [has(numbers)]),
  ]
}

/** The condition that the mark `alias` has one of those `values` that are not null; undefined if there are none. */
export function valuesSql(
  alias: string,
  values: readonly (string | number | null)[],
  binds: Binds,
): string | undefined {
  const numbers = values.filter((value) => typeof value === 'number')
  const texts = values.filter((value) => typeof value === 'string')
  const terms = [
    ...(numbers.length === 0 ? [] : [`${alias}.number = any(${binds.add(numbers, 'double precision[]')})`]),
    ...(texts.length === 0 ? [] : [`${alias}.text = any(${binds.add(texts, 'text[]')})`]),
  ]
  return terms.length === 0 ? undefined : `coalesce(${terms.join(' or ')}, false)`
}

/** The condition that the mark `alias` is a number in a range; undefined without bounds. */
export function numbersSql(alias: string, { from, to }: Range, binds: Binds): string | undefined {
  const terms = [
    ...(from === undefined ? [] : [`${alias}.number >= ${binds.add(from, 'double precision')}`]),
    ...(to === undefined ? [] : [`${alias}.number < ${binds.add(to, 'double precision')}`]),
  ]
  return terms.length === 0 ? undefined : terms.join(' and ')
}
