import { checkFilter } from './check-filter.ts'
import type { Filter, ValueFilter } from './filter.ts'
import { numberOf } from './filter-language/amounts.ts'
import { isOwnKey, type Reading } from './filter-language/language.ts'
import { checkKey } from './filter-language/mark-terms.ts'
import { marked, once, ownTerms, single } from './filter-language/own-terms.ts'
import { type Term, termsOf, unreadable, type Word } from './filter-language/words.ts'
import { stepsOf } from './value-path.ts'

/*
 * Filters as people write them, in one line; all terms hold:
 *
 *   class:decrypt,package      one of these        -name:BadChecksum   none of these
 *   assignee:  -assignee:      has none, has one   has:comment         the same as -comment:
 *   age>1d  due<2026-12-01     bounds of numbers and times, a day or a moment in UTC
 *   is:overdue status:dead     claimed:me|none|ann state:Failed from:decrypt like:"Error: ..." attempts>=3
 *   id:a,b  id:321*  32101     ids, the beginning of one, a part of one
 *   .book.pages:7              into the value, slowly
 *
 * A value in quotes is a text as it is; `7` is the number and the text, `#7` the number alone. `@age:7` is the mark that is called
 * like a key of the language.
 */

/** The filter that `text` says. Throws an `InvalidError` that says where it cannot be read, and why. */
export function parseFilter(text: string, reading: Reading): Filter {
  let filter: Filter = {}
  for (const term of termsOf(text)) filter = withTerm(filter, term, reading)
  checkFilter(filter, 'A list')
  return filter
}

function withTerm(filter: Filter, term: Term, reading: Reading): Filter {
  const { key, at } = term
  if (!key) return once(filter, term, { idPart: single(term).text })
  const { sign, name } = key
  if (sign === '.') return { ...filter, where: [...(filter.where ?? []), valueFilter(name, term)] }
  if (sign === '' && isOwnKey(name)) return ownTerms[name](filter, term, reading)
  checkKey(name, at, reading)
  return marked(filter, name, { term, reading })
}

function valueFilter(path: string, term: Term): ValueFilter {
  if (!stepsOf(path)) throw unreadable(term.at, `"${path}" is no path into a value, such as .book.pages[0]`)
  if (term.isNot) throw unreadable(term.at, 'only marks can be excluded with a minus')
  return { path, is: plainOf(single(term)) }
}

const plain = new Map<string, ValueFilter['is']>([
  ['true', true],
  ['false', false],
  ['null', null],
])

function plainOf({ text, isQuoted }: Word): ValueFilter['is'] {
  if (isQuoted) return text
  if (plain.has(text)) return plain.get(text)!
  return numberOf(text) ?? text
}
