import type { Mail } from './change.ts'
import { isCount, isPageLimit } from './check-count.ts'
import { jsonText } from './check-json.ts'
import { aText, excerpt, textPattern } from './check-text.ts'
import { maxValueBytes } from './check-value.ts'
import { isLetterName, maxNameLength } from './check-wait.ts'
import { InvalidError } from './errors.ts'
import type { Recalling, Reply } from './letter.ts'

const maxKeyLength = 500
const keyPattern = textPattern(maxKeyLength)

/** Whether `key` can be the key of a letter: 1 to 500 characters, none of them a control character. */
function isLetterKey(key: unknown): key is string {
  return typeof key === 'string' && keyPattern.test(key)
}

/** Throws an `InvalidError` unless every backend can deliver the letter. */
export function checkLetter(change: Mail): void {
  const { id, key, hop, from, failure } = change
  checkAddress(change, `A letter to token "${id}"`, id)
  if (key !== undefined) checkText('key', key, change)
  if (hop !== undefined && !isCount(hop))
    throw refused(change, `is for its stay ${hop}; that is a whole number from 0`)
  if (from !== undefined) checkText('sender', from, change)
  if (failure && change.value !== undefined)
    throw refused(change, 'has a value and a failure; it has one of them')
  letterText(change)
}

/** Throws an `InvalidError` unless a token can report so. */
export function checkReply(reply: Reply, at: { readonly queue: string; readonly id: string }): void {
  const { hop, key } = reply
  const what = `The reply of token "${at.id}"`
  checkAddress(reply, what, at.id)
  if (!isLetterKey(key))
    throw new InvalidError(`${what} has the key ${excerpt(key)}; it is ${aText(maxKeyLength)}.`, at)
  if (!isCount(hop))
    throw new InvalidError(`${what} is for the stay ${hop}; that is a whole number from 0.`, at)
}

/** The value of a letter as JSON; undefined for none. Throws an `InvalidError` if it cannot be kept. */
export function letterText(change: Mail): string | undefined {
  return jsonText(change.value, maxValueBytes, (fault) => refused(change, fault))
}

/** Throws an `InvalidError` unless `what` of the token `id` can be recalled. */
export function checkRecalling(id: string, { hop, names, only, after, limit = 1 }: Recalling): void {
  const refuse = (fault: string): never => {
    throw new InvalidError(`What token "${id}" remembers was asked for with ${fault}.`, { id })
  }
  if (hop !== undefined && !isCount(hop)) refuse(`the hop ${hop}; it is a whole number from 0`)
  const odd = names?.find((name) => !isLetterName(name))
  if (odd !== undefined) refuse(`the name ${excerpt(odd)}; it is ${aText(maxNameLength)}`)
  if (![undefined, 'steps', 'letters'].includes(only)) refuse(`only ${excerpt(only)}; it is steps or letters`)
  if (after !== undefined) recalledAfter(id, after)
  if (!isPageLimit(limit)) refuse(`a limit of ${limit}; it is 1 to 1,000`)
}

/** Where a page of what is remembered begins: after a step, or after a letter. */
export interface RecallCursor {
  readonly of: 'steps' | 'letters'
  readonly after: number
}

/** The cursor after a step or a letter. */
export function recallCursor({ of, after }: RecallCursor): string {
  return `${of}-${after}`
}

/** Reads a cursor. Throws an `InvalidError` if `after` is none. */
export function recalledAfter(id: string, after: string): RecallCursor {
  const [, of, number] = /^(steps|letters)-(\d{1,15})$/.exec(after) ?? []
  if (of !== undefined) return { of: of as RecallCursor['of'], after: Number(number) }
  throw new InvalidError(`${excerpt(after)} is not a cursor that recalling token "${id}" gave.`, { id })
}

function checkAddress(
  { workflow, name }: { readonly workflow: string; readonly name: string },
  what: string,
  id: string,
): void {
  if (!isLetterKey(workflow))
    throw new InvalidError(`${what} names the workflow ${excerpt(workflow)}; it is ${aText(maxKeyLength)}.`, {
      id,
    })
  if (!isLetterName(name))
    throw new InvalidError(`${what} has the name ${excerpt(name)}; it is ${aText(maxNameLength)}.`, { id })
}

function checkText(what: string, text: string, change: Mail): void {
  if (!isLetterKey(text))
    throw refused(change, `has the ${what} ${excerpt(text)}; it is ${aText(maxKeyLength)}`)
}

function refused({ id, name }: Mail, fault: string): InvalidError {
  return new InvalidError(`The letter ${excerpt(name)} to token "${id}" ${fault}.`, { id })
}
