import { excerpt, textPattern } from './check-text.ts'
import { type ErrorDetails, InvalidError } from './errors.ts'
import { type Marks, ownMarks } from './marks.ts'

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const valuePattern = textPattern(500)
const maxAtOnce = 50

interface Place {
  readonly queue: string
  readonly id: string
}

/** Whether a mark can be called `name`: a letter, then up to 63 letters, digits, `_` and `-`. */
export function isMarkName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name)
}

/** Whether a mark can have this value: a finite number, or a text of 1 to 500 characters, none of them a control character. */
export function isMarkValue(value: unknown): value is string | number {
  return typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value === 'string' && valuePattern.test(value)
}

/** Throws an `InvalidError` unless `name` can be the name of a mark of which `asking` is about: `A page of queue "look"`. */
export function checkMarkName(name: unknown, asking: string, at: ErrorDetails = {}): void {
  if (isMarkName(name)) return
  throw new InvalidError(
    `${asking} names the mark ${excerpt(name)}; a mark is called a letter, then up to 63 letters, digits, "_" or "-".`,
    at,
  )
}

/** Throws an `InvalidError` unless these marks can be set on a message. */
export function checkMarks(marks: Marks, { queue, id }: Place): void {
  const of = `Token "${id}" in queue "${queue}"`
  const names = Object.keys(marks)
  if (names.length > maxAtOnce)
    throw new InvalidError(`${of} was to get ${names.length} marks at once; ${maxAtOnce} are allowed.`, {
      queue,
      id,
    })
  for (const [name, value] of Object.entries(marks)) {
    checkMarkName(name, of, { queue, id })
    if (ownMarks.some((own) => own === name))
      throw new InvalidError(`${of} was to get the mark "${name}", which only the backend sets.`, {
        queue,
        id,
      })
    if (value !== null && !isMarkValue(value))
      throw new InvalidError(
        `${of} was to get a mark "${name}" whose value cannot be kept: it is a finite number, a text of 1 to 500 characters without control characters, or null.`,
        { queue, id },
      )
  }
}
