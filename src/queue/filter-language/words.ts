import { InvalidError } from '../errors.ts'

/** A value as it stands in the text of a filter. */
export interface Word {
  readonly text: string
  /** Whether it is in quotes: then it is meant as it is. */
  readonly isQuoted: boolean
  /** Whether a star follows, for what it begins. */
  readonly isBegin: boolean
  /** Where it begins, from 0. */
  readonly at: number
}

/** What stands between two operators, or beside one. */
type Operator = ':' | '<' | '<=' | '>' | '>='

/** One term of a filter: a key with an operator and values, or a value alone. */
export interface Term {
  readonly at: number
  readonly isNot: boolean
  /** `.` before a path into the value, `@` before the name of a mark. */
  readonly key: { readonly sign: '' | '.' | '@'; readonly name: string } | undefined
  readonly operator: Operator
  readonly words: readonly Word[]
}

const maxLength = 4000
const keyPattern = /(-?)(?:([@]?)([A-Za-z][\w-]*)|(\.)(?:([\w.[\]-]+)|("(?:[^"\\]|\\.)*")))(:|<=|>=|<|>)/uy
const wordPattern = /"((?:[^"\\]|\\.)*)"(\*?)|([^\s",]*?)(\*?)(?=[\s,]|$)/uy

/** Reads the terms of a filter. Throws an `InvalidError` that says where they are none. */
export function termsOf(text: string): readonly Term[] {
  if (text.length > maxLength) throw unreadable(maxLength, `a filter has ${maxLength} characters at most`)
  const terms: Term[] = []
  for (let at = skipSpaces(text, 0); at < text.length; ) {
    const { term, end } = readTerm(text, at)
    terms.push(term)
    at = skipSpaces(text, end)
  }
  return terms
}

/** The error that says where a filter cannot be read, and why. */
export function unreadable(at: number, why: string): InvalidError {
  const message = `${why[0]!.toUpperCase()}${why.slice(1)}`
  const error = new InvalidError(
    `The filter cannot be read at character ${at + 1}: ${why}${/[.?!]$/.test(why) ? '' : '.'}`,
  )
  return Object.assign(error, { issues: [{ message, path: [at] }] })
}

/** `text` as a value: in quotes where it would mean something else without, or `isMeant` otherwise. */
export function quoted(text: string, isMeant = false): string {
  return isMeant || !/^[^\s",*@.<>:#\\-][^\s",*<>:\\]*$/u.test(text)
    ? `"${text.replace(/["\\]/g, '\\$&')}"`
    : text
}

function readTerm(text: string, at: number): { readonly term: Term; readonly end: number } {
  keyPattern.lastIndex = at
  const found = keyPattern.exec(text)
  if (!found) {
    // A value may be empty behind a key or a comma; alone it would be no step forward.
    if (text[at] === ',')
      throw unreadable(at, 'a comma is between the values of a key; a text that has one is put in quotes')
    const { word, end } = readWord(text, at)
    return { term: { at, isNot: false, key: undefined, operator: ':', words: [word] }, end }
  }
  const [, not, sign, name, dot, path, quotedPath, operator] = found
  const key = dot
    ? ({ sign: '.', name: path ?? unescaped(quotedPath!.slice(1, -1)) } as const)
    : ({ sign: sign as '' | '@', name: name! } as const)
  const words: Word[] = []
  let end = keyPattern.lastIndex
  do {
    if (words.length > 0) end++
    const read = readWord(text, end)
    words.push(read.word)
    end = read.end
  } while (text[end] === ',')
  return { term: { at, isNot: not === '-', key, operator: operator as Operator, words }, end }
}

function readWord(text: string, at: number): { readonly word: Word; readonly end: number } {
  wordPattern.lastIndex = at
  const found = wordPattern.exec(text)
  const end = wordPattern.lastIndex
  if (!found)
    throw unreadable(at, text[at] === '"' ? 'a quote is not closed' : 'a quote belongs around all of a value')
  if (end < text.length && !/[\s,]/.test(text[end]!))
    throw unreadable(end, 'a space is missing after a quote')
  const [, inQuotes, starAfter, plain, star] = found
  const isQuoted = inQuotes !== undefined
  return {
    word: {
      text: isQuoted ? unescaped(inQuotes) : plain!,
      isQuoted,
      isBegin: (isQuoted ? starAfter : star) === '*',
      at,
    },
    end,
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, '$1')
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at]!)) at++
  return at
}
