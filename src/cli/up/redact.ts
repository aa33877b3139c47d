import { faultOf } from '../../queue/fault.ts'
import { isError } from '../../queue/thrown.mjs'
import type { LogLine } from '../screen/line-log.ts'

// A shorter one is in many words, and is no secret.
const shortest = 6
const shortestLine = 16
const mask = '***'

/** Makes a function that leaves the `secrets` out of a text: as they are, as URLs and JSON have them, and each long line of one. */
export function redacting(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .flatMap((secret) => [secret, ...secret.split(/\r?\n/).filter((line) => line.length >= shortestLine)])
      .filter((each) => each.length >= shortest)
      .flatMap((each) => [each, encodeURIComponent(each), JSON.stringify(each).slice(1, -1)]),
  )
  // The longest first: one may be a part of another.
  const all = [...forms].toSorted((one, other) => other.length - one.length)
  return (text) => all.reduce((left, secret) => left.replaceAll(secret, mask), text)
}

/** `line` without what `redact` leaves out, at any depth of its fields. */
export function redactLine(line: LogLine, redact: (text: string) => string): LogLine {
  return { ...line, message: redact(line.message), fields: walk(line.fields) as LogLine['fields'] }

  function walk(value: unknown): unknown {
    if (typeof value === 'string') return redact(value)
    if (Array.isArray(value)) return value.map(walk)
    if (isError(value)) return walk(faultOf(value))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), walk(each)]))
  }
}
