import type { Filter, MarkFilter } from '../filter.ts'
import { ownerOf } from '../person.ts'
import type { Status } from '../status.ts'
import { statuses } from '../status.ts'
import { sayTextTerm } from '../text.ts'
import { durationOf, numberOf, timeOf } from './amounts.ts'
import type { Reading } from './language.ts'
import { checkKey, withMark, withRange } from './mark-terms.ts'
import { type Term, unreadable, type Word } from './words.ts'

type Apply = (filter: Filter, term: Term, reading: Reading) => Filter

const next = (number: number) => number + 1

/** What each key of the language adds to a filter. */
export const ownTerms = {
  age: (filter, term, { now }) => ({
    ...filter,
    arrived: withRange(
      filter.arrived ?? {},
      turned(term),
      (word) => now - wanted(word, durationOf(word.text), 'a time such as 2d or 90s'),
      next,
    ),
  }),
  arrived: (filter, term) => ({ ...filter, arrived: times(filter.arrived, term) }),
  entered: (filter, term) => ({ ...filter, entered: times(filter.entered, term) }),
  attempts: (filter, term) => ({ ...filter, attempts: counts(filter.attempts, term) }),
  deploy: (filter, term) => ({ ...filter, deploy: counts(filter.deploy, term) }),
  claimed: (filter, term, reading) => {
    const { text, isQuoted, at } = single(term)
    if (text === 'none' && !isQuoted) return once(filter, term, { owner: null })
    return once(filter, term, { owner: ownerOf(text === 'me' && !isQuoted ? meOf(reading, at) : text) })
  },
  owner: (filter, term) => once(filter, term, { owner: single(term).text }),
  parent: (filter, term) => once(filter, term, { parent: single(term).text }),
  state: (filter, term) => once(filter, term, { tag: single(term).text }),
  status: (filter, term) => once(filter, term, { status: statusOf(single(term)) }),
  text: (filter, term) => {
    checkPlain(term)
    const [{ text, isBegin }, more] = term.words as [Word, Word | undefined]
    if (more) throw unreadable(more.at, 'all words have to be there; write text: before each')
    const said = sayTextTerm({ text, isBegin })
    return { ...filter, text: filter.text === undefined ? said : `${filter.text} ${said}` }
  },
  id: (filter, term) => {
    checkPlain(term)
    const [first, ...more] = term.words
    if (first!.isBegin && more.length === 0) return once(filter, term, { idPrefix: first!.text })
    const begin = term.words.find(({ isBegin }) => isBegin)
    if (begin) throw unreadable(begin.at, 'the beginning of an id stands alone: id:abc*')
    return once(filter, term, { ids: term.words.map(({ text }) => text) })
  },
  has: (filter, term, reading) => {
    const { text, at } = single({ ...term, isNot: false })
    checkKey(text, at, reading)
    const none: Term = {
      ...term,
      isNot: !term.isNot,
      words: [{ text: '', isQuoted: false, isBegin: false, at }],
    }
    return marked(filter, text, { term: none, reading })
  },
  is: (filter, term, reading) => {
    const word = single(term)
    const mark = (name: string, has: MarkFilter) => {
      const known = filter.marks?.[name]
      if (Object.keys(has).some((field) => known?.[field as keyof MarkFilter] !== undefined))
        throw unreadable(term.at, `"${name}" is asked for twice; all terms hold`)
      return { ...filter, marks: { ...filter.marks, [name]: { ...known, ...has } } }
    }
    if (word.text === 'suspect') return once(filter, term, { suspect: true })
    if (word.text === 'overdue') return mark('due', { to: reading.now })
    if (word.text === 'proposed') return mark('proposed', { none: [null] })
    if (word.text === 'mine') return mark('assignee', { any: [meOf(reading, word.at)] })
    return once(filter, term, { status: statusOf(word, ', or suspect, overdue, proposed, mine') })
  },
  like: (filter, term, reading) => marked(filter, 'print', { term: asTexts(term), reading }),
  from: (filter, term, reading) =>
    marked(filter, 'source', { term: asTexts(term), reading, of: (text) => queueOf(text, reading) }),
} as const satisfies Record<string, Apply>

/** `filter`, with what `term` wants of a mark. */
export function marked(
  filter: Filter,
  name: string,
  how: { readonly term: Term; readonly reading: Reading; readonly of?: (text: string) => string },
): Filter {
  const has = filter.marks && Object.hasOwn(filter.marks, name) ? filter.marks[name]! : {}
  return { ...filter, marks: { ...filter.marks, [name]: withMark(has, name, how) } }
}

/** `filter` with one more field; throws an `InvalidError` if it has that already. */
export function once(filter: Filter, { at }: Term, added: Filter): Filter {
  const [key] = Object.keys(added) as [keyof Filter]
  if (filter[key] !== undefined) throw unreadable(at, 'this is asked for twice; all terms hold')
  return { ...filter, ...added }
}

/** The only word of a term with a colon. */
export function single(term: Term): Word {
  checkPlain(term)
  const [word, more] = term.words
  if (more) throw unreadable(more.at, 'there can be one value only')
  if (word!.text === '') throw unreadable(word!.at, 'a value is missing')
  if (word!.isBegin) throw unreadable(word!.at, 'only an id can be given by its beginning')
  return word!
}

function checkPlain({ at, isNot, operator }: Term): void {
  if (isNot) throw unreadable(at, 'only marks can be excluded with a minus')
  if (operator !== ':') throw unreadable(at, `this has no order; write a colon instead of "${operator}"`)
}

// Older is earlier.
function turned(term: Term): Term {
  const operator = ({ '<': '>', '<=': '>=', '>': '<', '>=': '<=', ':': ':' } as const)[term.operator]
  return { ...term, operator }
}

function times(has: Filter['arrived'] = {}, term: Term) {
  const read = (word: Word) => wanted(word, timeOf(word.text), 'a time such as 2026-12-01')
  return withRange(has, term, read, next)
}

function counts(has: Filter['attempts'] = {}, term: Term) {
  return withRange(has, term, (word) => wanted(word, numberOf(word.text), 'a number'), next)
}

function wanted({ text, at }: Word, number: number | undefined, what: string): number {
  if (number === undefined) throw unreadable(at, `"${text}" is not ${what}`)
  return number
}

function statusOf({ text, at }: Word, others = ''): Status {
  const found = statuses.find((each) => each === text)
  if (!found) throw unreadable(at, `"${text}" is none of ${statuses.join(', ')}${others}`)
  return found
}

function meOf({ me }: Reading, at: number): string {
  if (me === undefined) throw unreadable(at, 'it is not known who you are')
  return me
}

function asTexts(term: Term): Term {
  if (term.operator !== ':') checkPlain({ ...term, isNot: false })
  return {
    ...term,
    words: term.words.map((word) => ({ ...word, isQuoted: word.isQuoted || word.text !== '' })),
  }
}

function queueOf(name: string, { workflow }: Reading): string {
  return workflow === undefined || name.startsWith(`${workflow}/`) ? name : `${workflow}/${name}`
}
