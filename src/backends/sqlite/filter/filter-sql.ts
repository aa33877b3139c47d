import type { Filter, MarkFilter, Range, ValueFilter } from '../../../queue/filter.ts'
import { stepsOf } from '../../../queue/value-path.ts'
import { fieldOf } from '../tables/schema.ts'
import { matchOf } from './match-of.ts'

export type Binds = Record<string, string | number | null>

/** A condition, and what is bound in it. */
export interface Condition {
  readonly sql: string
  readonly binds: Readonly<Binds>
}

/** The status of a row `t` as readers see it at @now and @elapsed. */
export const shownStatus = `iif((t.status in ('delayed', 'waiting') and t.due <= @now) or (t.status = 'leased' and t.until <= @elapsed), 'ready', t.status)`

const isHeld = `(t.status = 'leased' and t.until > @elapsed)`
const isSuspect = `(t.status = 'ready' and t.suspect = 1)`

/** The condition that a mark `alias` is one of the stay in which the token `t` is. */
export function isMarkOf(alias: string): string {
  return `${alias}.token = t.token and ${alias}.hop = t.hop and ${alias}.queue = t.queue`
}

/**
 * The condition that a row `t` matches `only`, at @now and @elapsed; it never is null for a row that this package has written.
 * Of a queue behind a shut gate no row matches `suspect`: see `openTo`.
 */
export function filterSql(only: Filter): Condition {
  const binds: Binds = {}
  const bind = (value: string | number) => {
    const name = `f${Object.keys(binds).length}`
    binds[name] = value
    return `@${name}`
  }
  const terms: string[] = []
  const { status, suspect, tag, ids, idPrefix, idPart, owner, parent, marks = {}, where = [] } = only
  if (status !== undefined) terms.push(`${shownStatus} = ${bind(status)}`)
  if (suspect) terms.push(isSuspect)
  if (ids) terms.push(`t.id in (select value from json_each(${bind(JSON.stringify(ids))}))`)
  if (idPrefix !== undefined) terms.push(`substr(t.id, 1, ${[...idPrefix].length}) = ${bind(idPrefix)}`)
  if (idPart !== undefined) terms.push(`instr(t.id, ${bind(idPart)}) > 0`)
  if (owner === null) terms.push(`not ${isHeld}`)
  else if (owner !== undefined) terms.push(`${isHeld} and t.owner = ${bind(owner)}`)
  if (parent !== undefined) terms.push(`t.parent = ${bind(parent)}`)
  terms.push(...rangeSql('t.deploy', only.deploy, bind), ...rangeSql('t.entered_at', only.entered, bind))
  terms.push(...rangeSql('t.arrived_at', only.arrived, bind), ...rangeSql('t.attempts', only.attempts, bind))
  for (const [name, each] of Object.entries(marks)) terms.push(...markSql(bind(name), each, bind))
  if (only.text !== undefined) terms.push(textSql(bind(matchOf(only.text))))
  if (tag !== undefined) terms.push(`${fieldOf('t.value', 'tag')} = ${bind(tag)}`)
  for (const each of where) terms.push(valueSql(each, bind))
  return { sql: terms.length === 0 ? '1' : terms.map((term) => `(${term})`).join(' and '), binds }
}

function textSql(match: string): string {
  return `exists (select 1 from pw_texts x where ${isMarkOf('x')}) and t.token in (select rowid from pw_text where pw_text match ${match})`
}

type Bind = (value: string | number) => string

function rangeSql(column: string, { from, to }: Range = {}, bind: Bind): string[] {
  return [
    ...(from === undefined ? [] : [`${column} >= ${bind(from)}`]),
    ...(to === undefined ? [] : [`${column} < ${bind(to)}`]),
  ]
}

function markSql(name: string, { any, none, ...range }: MarkFilter, bind: Bind): string[] {
  const has = (which: string) =>
    `exists (select 1 from pw_marks m where ${isMarkOf('m')} and m.mark = ${name}${which && ` and ${which}`})`
  const isOneOf = (values: readonly (string | number | null)[]) => {
    const some = valuesSql('m.value', values, bind)
    const parts = [
      ...(some === undefined ? [] : [has(some)]),
      ...(values.includes(null) ? [`not ${has('')}`] : []),
    ]
    return parts.length === 0 ? '0' : parts.join(' or ')
  }
  const numbers = numbersSql('m.value', range, bind)
  return [
    ...(any ? [isOneOf(any)] : []),
    ...(none ? [`not (${isOneOf(none)})`] : []),
    ...(numbers ? [has(numbers)] : []),
  ]
}

/** The condition that `column` is one of those `values` that are not null; undefined if there are none. */
export function valuesSql(
  column: string,
  values: readonly (string | number | null)[],
  bind: Bind,
): string | undefined {
  const some = values.flatMap((value) => (value === null ? [] : [bind(value)]))
  return some.length === 0 ? undefined : `${column} in (${some.join(', ')})`
}

/** The condition that `column` is a number in a range; undefined without bounds. Any text is more than any number. */
export function numbersSql(column: string, range: Range, bind: Bind): string | undefined {
  const terms = rangeSql(column, { from: range.from, to: range.to }, bind)
  if (terms.length === 0) return undefined
  return range.to === undefined ? `${terms[0]} and ${column} < ''` : terms.join(' and ')
}

// By the text of the JSON, which all that this package stores has from the same function: SQLite reads and writes numbers in
// a way of its own.
function valueSql({ path, is }: ValueFilter, bind: Bind): string {
  const at = `$${stepsOf(path)!
    .map((step) => (typeof step === 'number' ? `[${step}]` : `."${step}"`))
    .join('')}`
  const found = `iif(json_valid(t.value), t.value -> ${bind(at)}, null)`
  return `coalesce(${found}, 'null') = ${bind(JSON.stringify(is))}`
}

/** Whether a statement for `only` is one of a few, which are worth being kept. */
export function isCommon({ status: _, tag: __, suspect: ___, ...rest }: Filter): boolean {
  return Object.values(rest).every((value) => value === undefined)
}
