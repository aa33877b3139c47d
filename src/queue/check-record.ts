import type { Drop, Put } from './change.ts'
import { isCount, isPageLimit } from './check-count.ts'
import { jsonText } from './check-json.ts'
import { aText, excerpt, textPattern } from './check-text.ts'
import { isDelay, sayDelay } from './delay.ts'
import { InvalidError } from './errors.ts'
import type { RecordPage, Scope } from './records.ts'

const maxKeyLength = 500
const keyPattern = textPattern(maxKeyLength)

/** Records may be at most this many bytes long as JSON text: they are for notes about work, not for work. */
const maxRecordBytes = 64 * 1024

/** Throws an `InvalidError` unless every backend can do what `change` says. */
export function checkRecordChange(change: Put | Drop): void {
  const { key, ifRev } = change
  checkScope(change)
  checkKey('The key of a record', key)
  if (ifRev !== undefined && !isCount(ifRev))
    throw refused(change, key, `was to have the revision ${ifRev}; that is a whole number from 0`)
  if (change.kind === 'drop') return
  const { forMs, repeat, value } = change
  if (repeat && value !== undefined)
    throw refused(change, key, 'says that a commit has happened, so it has no value of its own')
  if (forMs !== undefined && !(isDelay(forMs) && forMs > 0))
    throw refused(change, key, `was to be kept for a time that ${sayDelay(forMs)}`)
  recordText(change)
}

/** Throws an `InvalidError` unless `scope` and `page` can be asked for. */
export function checkRecordPage(scope: Scope, { prefix, after, limit = 1 }: RecordPage): void {
  checkScope(scope)
  if (prefix !== undefined && prefix !== '') checkKey('The prefix of records', prefix)
  if (after !== undefined) checkKey('The key after which records are listed', after)
  if (!isPageLimit(limit)) throw new InvalidError(`A page of records has 1 to 1,000 of them, not ${limit}.`)
}

/** The value of a record as JSON; undefined for none. Throws an `InvalidError` if it cannot be kept. */
export function recordText({ key, value, ...scope }: Put): string | undefined {
  return jsonText(value, maxRecordBytes, (fault) => refused(scope, key, fault))
}

function checkScope({ workflow, id, hop }: Scope): void {
  checkKey('The workflow of a record', workflow)
  if (hop === undefined) return
  if (id === undefined) throw new InvalidError('A record of a stay names its token; this one has no `id`.')
  if (!isCount(hop))
    throw new InvalidError(`The hop of a record is ${hop}; it is a whole number from 0.`, { id })
}

function checkKey(what: string, key: string): void {
  if (typeof key === 'string' && keyPattern.test(key)) return
  throw new InvalidError(`${what} is ${excerpt(key)}; it is ${aText(maxKeyLength)}.`)
}

function refused({ id }: Scope, key: string, what: string): InvalidError {
  return new InvalidError(`The record "${key}" ${what}.`, id === undefined ? {} : { id })
}
