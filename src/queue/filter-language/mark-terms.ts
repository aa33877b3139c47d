import { didYouMean } from '../../schema/did-you-mean.ts'
import { isMarkName, isMarkValue } from '../check-marks.ts'
import type { MarkFilter, Range } from '../filter.ts'
import { durationOf, nextUp, numberOf, timeOf } from './amounts.ts'
import { isOwnKey, ownKeys, type Reading, usualMarks } from './language.ts'
import { type Term, unreadable, type Word } from './words.ts'

/** `has`, with what `term` wants of the mark called `name`; `of` changes the texts. */
export function withMark(
  has: MarkFilter,
  name: string,
  { term, reading, of = (text) => text }: { term: Term; reading: Reading; of?: (text: string) => string },
): MarkFilter {
  if (term.operator !== ':')
    return { ...has, ...withRange(has, term, (word) => bound(word, name, reading), nextUp) }
  const field = term.isNot ? 'none' : 'any'
  if (has[field])
    throw unreadable(term.at, `"${name}" is there twice; write all its values after one colon, with commas`)
  return { ...has, [field]: term.words.flatMap((word) => valuesOf(word, of)) }
}

/** `has`, with the bound that `term` sets, in numbers of which `next` gives the one behind. */
export function withRange(
  has: Range,
  { at, isNot, operator, words }: Term,
  read: (word: Word) => number,
  next: (number: number) => number,
): Range {
  const word = words[0]!
  if (isNot || words.length > 1) throw unreadable(at, 'a bound has one value, and no minus before it')
  const number = read(word)
  if (operator === ':') return { from: number, to: next(number) }
  const [field, bound] = {
    '<': ['to', number],
    '<=': ['to', next(number)],
    '>': ['from', next(number)],
    '>=': ['from', number],
  }[operator] as [keyof Range, number]
  if (has[field] !== undefined)
    throw unreadable(at, `there are two ${field === 'to' ? 'upper' : 'lower'} bounds`)
  return { ...has, [field]: bound }
}

/** Throws an `InvalidError` unless there can be a mark of this name. */
export function checkKey(name: string, at: number, { keys }: Reading): void {
  if (!isMarkName(name)) throw unreadable(at, `"${name}" can be the name of no mark`)
  if (keys === undefined) return
  const known = [...new Set([...keys, ...usualMarks])]
  if (known.includes(name) || isOwnKey(name)) return
  throw unreadable(at, `unknown key "${name}".${didYouMean(name, [...known, ...ownKeys])}`)
}

// A number without quotes may be a number or a text of digits, such as a barcode.
function valuesOf(
  { text, isQuoted, isBegin, at }: Word,
  of: (text: string) => string,
): (string | number | null)[] {
  if (isBegin) throw unreadable(at, 'only an id can be given by its beginning')
  if (!isQuoted && text === '') return [null]
  const number = isQuoted ? undefined : numberOf(text)
  if (number !== undefined) return [number, of(text)]
  const only = isQuoted || !text.startsWith('#') ? undefined : numberOf(text.slice(1))
  const value = only ?? of(text)
  if (!isMarkValue(value)) throw unreadable(at, 'no mark can have this value')
  return [value]
}

function bound({ text, isQuoted, at }: Word, name: string, { now }: Reading): number {
  const duration = name === 'due' && !isQuoted ? durationOf(text) : undefined
  const number = duration === undefined ? timeOf(text) : now + duration
  if (number === undefined)
    throw unreadable(at, `"${text}" is neither a number nor a time, such as 2026-12-01`)
  return number
}
