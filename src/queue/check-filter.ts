import { isPageLimit } from './check-count.ts'
import { checkMarkName, isMarkValue } from './check-marks.ts'
import { excerpt, textPattern } from './check-text.ts'
import { type ErrorDetails, InvalidError } from './errors.ts'
import type { Filter, MarkFilter, Range } from './filter.ts'
import { statuses } from './status.ts'
import type { TallyRequest } from './tally.ts'
import { mostPhrases, phrasesOf } from './text.ts'
import { stepsOf } from './value-path.ts'

// Checks filters, in the same words for every backend: a database compares what no value can be in a way of its own.

const most = { ids: 1000, values: 100, marks: 20, where: 20 } as const
const pattern = textPattern(1000)
const texts = ['tag', 'idPrefix', 'idPart', 'parent'] as const
const ranges = ['deploy', 'entered', 'arrived', 'attempts'] as const

/** Throws an `InvalidError` unless `only` is a filter; `asking` begins the sentence: `A page of queue "look"`. */
export function checkFilter(only: Filter, asking: string, at: ErrorDetails = {}): void {
  const refuse = (what: string): never => {
    throw new InvalidError(`${asking} was asked for with a filter whose ${what}.`, at)
  }
  const { status, suspect, ids, owner, marks = {}, where = [] } = only
  if (status !== undefined && !statuses.includes(status))
    throw new InvalidError(`A message is ready, leased, delayed, dead or waiting, not "${status}".`, at)
  if (suspect !== undefined && suspect !== true) refuse('`suspect` is not true')
  for (const name of texts)
    if (only[name] !== undefined && !isText(only[name]))
      refuse(`\`${name}\` is no text of 1 to 1,000 characters`)
  if (owner !== undefined && owner !== null && !isText(owner))
    refuse('`owner` is neither null nor a text of 1 to 1,000 characters')
  if (ids && !(Array.isArray(ids) && ids.length <= most.ids && ids.every((id) => typeof id === 'string')))
    refuse(`\`ids\` are no list of up to ${most.ids} ids`)
  if (only.text !== undefined) checkWords(only.text, (what) => refuse(`\`text\` ${what}`))
  for (const name of ranges) checkRange(only[name], (what) => refuse(`\`${name}\` ${what}`))
  if (Object.keys(marks).length > most.marks) refuse(`\`marks\` are more than ${most.marks}`)
  for (const [name, each] of Object.entries(marks)) {
    checkMarkName(name, asking, at)
    checkMark(each, (what) => refuse(`mark "${name}" ${what}`))
  }
  if (!(Array.isArray(where) && where.length <= most.where))
    refuse(`\`where\` is no list of up to ${most.where} paths`)
  for (const { path, is } of where) {
    if (typeof path !== 'string' || !stepsOf(path))
      refuse(`path ${excerpt(path)} is none: write "book.pages[0]"`)
    if (!isPlain(is)) refuse(`value at "${path}" is no text, number, boolean or null`)
  }
}

/** Throws an `InvalidError` unless `request` can be answered. */
export function checkTally({ queue, workflow, only, by, limit = 1 }: TallyRequest): void {
  if ((queue === undefined) === (workflow === undefined))
    throw new InvalidError('A tally is of one queue or of one workflow; name one of them.')
  const asking = `A tally of ${queue === undefined ? `workflow "${workflow}"` : `queue "${queue}"`}`
  if (!isPageLimit(limit)) throw new InvalidError(`${asking} has 1 to 1,000 lines, not ${limit}.`)
  if (only) checkFilter(only, asking)
  if (by === undefined || ['queue', 'status', 'tag', 'mark'].includes(by)) return
  if (!by.startsWith('mark:'))
    throw new InvalidError(
      `${asking} is by queue, status, tag, mark, or by one mark (mark:NAME), not by "${by}".`,
    )
  checkMarkName(by.slice('mark:'.length), asking)
}

function checkWords(text: string, refuse: (what: string) => never): void {
  if (!isText(text)) refuse('is no text of 1 to 1,000 characters')
  const { length } = phrasesOf(text)
  if (length === 0) refuse(`has no word: ${excerpt(text)}`)
  if (length > mostPhrases) refuse(`has more than ${mostPhrases} words and phrases`)
}

function checkMark({ any, none, ...range }: MarkFilter, refuse: (what: string) => never): void {
  for (const values of [any, none]) {
    if (values === undefined) continue
    if (!(Array.isArray(values) && values.length <= most.values))
      refuse(`has no list of up to ${most.values} values`)
    if (!values.every((each) => each === null || isMarkValue(each)))
      refuse('has a value that no mark can have')
  }
  checkRange(range, refuse)
}

function checkRange(range: Range | undefined, refuse: (what: string) => never): void {
  if (range === undefined) return
  for (const end of [range.from, range.to])
    if (end !== undefined && !Number.isFinite(end)) refuse(`has the bound ${end}, which is no number`)
}

function isText(text: unknown): boolean {
  return typeof text === 'string' && pattern.test(text)
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string') return !/\p{Cs}/u.test(value) && value.length <= 10_000
  return typeof value === 'boolean' || value === null
}
