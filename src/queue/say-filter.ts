import { InvalidError } from './errors.ts'
import type { Filter, MarkFilter, Range, ValueFilter } from './filter.ts'
import { numberOf, sayTime } from './filter-language/amounts.ts'
import { isOwnKey, type Reading } from './filter-language/language.ts'
import { quoted } from './filter-language/words.ts'
import { textTermsOf } from './text.ts'

/**
 * The text that `parseFilter` reads as this filter, with the same marks and workflow. Throws an `InvalidError` for what cannot be
 * said: a list of values with none in it.
 */
export function sayFilter(filter: Filter, { workflow }: Pick<Reading, 'workflow'> = {}): string {
  const {
    status,
    suspect,
    tag,
    ids,
    idPrefix,
    idPart,
    owner,
    parent,
    marks = {},
    where = [],
    text = '',
  } = filter
  const terms: (string | undefined)[] = [
    idPart !== undefined ? quoted(idPart) : undefined,
    ids && `id:${listed(ids.map((id) => quoted(id)))}`,
    idPrefix !== undefined ? `id:${quoted(idPrefix)}*` : undefined,
    status !== undefined ? `status:${status}` : undefined,
    suspect ? 'is:suspect' : undefined,
    tag !== undefined ? `state:${quoted(tag)}` : undefined,
    owner !== undefined ? sayOwner(owner) : undefined,
    parent !== undefined ? `parent:${quoted(parent)}` : undefined,
    ...sayRange('deploy', filter.deploy, String),
    ...sayRange('attempts', filter.attempts, String),
    ...sayRange('entered', filter.entered, sayTime),
    ...sayRange('arrived', filter.arrived, sayTime),
    ...Object.entries(marks).flatMap(([name, each]) => sayMark(name, each, workflow)),
    ...textTermsOf(text).map((each) => `text:${quoted(each.text)}${each.isBegin ? '*' : ''}`),
    ...where.map(sayValue),
  ]
  return terms.filter((term) => term !== undefined).join(' ')
}

function sayOwner(owner: string | null): string {
  if (owner === null) return 'claimed:none'
  const person = owner.startsWith('person:') ? owner.slice('person:'.length) : ''
  if (person === '') return `owner:${quoted(owner)}`
  return `claimed:${quoted(person, person === 'me' || person === 'none')}`
}

function sayRange(key: string, { from, to }: Range = {}, say: (number: number) => string): string[] {
  return [
    ...(from === undefined ? [] : [`${key}>=${say(from)}`]),
    ...(to === undefined ? [] : [`${key}<${say(to)}`]),
  ]
}

function sayMark(name: string, { any, none, from, to }: MarkFilter, workflow: string | undefined): string[] {
  const key = isOwnKey(name) ? `@${name}` : name
  const say = (values: readonly (string | number | null)[]) => {
    const [short, cut] = shortOf(name, values, workflow)
    return short === undefined
      ? `${key}:${listed(sayValues(values))}`
      : `${short}:${listed(values.map((value) => (value === null ? '' : quoted(cut(String(value))))))}`
  }
  return [
    ...(any ? [say(any)] : []),
    ...(none ? [`-${say(none)}`] : []),
    ...sayRange(key, { from, to }, name === 'due' ? sayTime : String),
  ]
}

// The key of the language for a mark of which only texts are wanted, and what it leaves out of them.
function shortOf(
  name: string,
  values: readonly (string | number | null)[],
  workflow: string | undefined,
): readonly [key: string | undefined, cut: (text: string) => string] {
  const asIs = (text: string) => text
  const begin = workflow === undefined ? '' : `${workflow}/`
  if (values.some((value) => typeof value === 'number')) return [undefined, asIs]
  if (name === 'print') return ['like', asIs]
  const isShort = values.every(
    (value) => value === null || (String(value).startsWith(begin) && value !== begin),
  )
  if (name !== 'source' || !isShort) return [undefined, asIs]
  return ['from', (text) => (text.startsWith(begin + begin) ? text : text.slice(begin.length))]
}

function sayValues(values: readonly (string | number | null)[]): readonly string[] {
  const said: string[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value === null) said.push('')
    else if (typeof value === 'string') said.push(quoted(value, numberOf(value) !== undefined))
    else if (values[i + 1] === String(value)) said.push(String(values[++i]))
    else said.push(`#${value}`)
  }
  return said
}

function sayValue({ path, is }: ValueFilter): string {
  const key = /^[\w.[\]-]+$/.test(path) ? path : `"${path}"`
  const isMeant =
    typeof is === 'string' && (numberOf(is) !== undefined || ['true', 'false', 'null'].includes(is))
  return `.${key}:${typeof is === 'string' ? quoted(is, isMeant) : is}`
}

function listed(values: readonly string[]): string {
  if (values.length > 0) return values.join(',')
  throw new InvalidError('A filter with a list of values in which there is none cannot be said in words.')
}
