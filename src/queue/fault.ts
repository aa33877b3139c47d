import type { Failure } from '../schema/failure.ts'
import { causesOf } from './causes.ts'
import type { Cause, Fault } from './change.ts'
import { shorten } from './hide-passwords.ts'
import { stackOf } from './stack.ts'
import { codeOf, fieldOf, ifReadable, isError, sayThrown } from './thrown.mjs'

const maxMessageLength = 2000
const maxNameLength = 200
const maxDetails = 20
// Of the JSON of a fault, all its causes and stacks among it.
const maxFaultBytes = 8000
const maxStackLength = 4000
const maxCauseStackLength = 1000

/**
 * What `error` says, as plain data of at most 8 KB: its name, message, code and stack, and those of its causes. The
 * passwords of URLs are in none of it.
 */
export function faultOf(error: unknown, kind: Fault['kind'] = 'error'): Fault {
  const unreadable = { kind, name: 'Error', message: 'What was thrown cannot be read.' }
  return ifReadable(() => read(error, kind)) ?? unreadable
}

function read(error: unknown, kind: Fault['kind']): Fault {
  const causes = causesOf(error).map((cause) => causeOf(cause, maxCauseStackLength))
  const fault = { kind: kindOf(error) ?? kind, ...causeOf(error, maxStackLength) }
  return bounded(causes.length > 0 ? { ...fault, causes } : fault)
}

/** The fault of a token whose work has failed, and then, with `second`, the way out as well. */
export function faultOfBoth(first: Fault, second: unknown): Fault {
  const { kind: _, causes = [], ...cause } = faultOf(second)
  const message = `${first.message} - and then its \`failed\` route failed too: ${cause.name}: ${cause.message}`
  return bounded({ ...first, message, causes: [...(first.causes ?? []), cause, ...causes] })
}

/** What a stage's `failed` is given: no stacks, which are for the history, but the plain facts in the error's `details`. */
export function failureOf(fault: Fault, attempts: number, error?: unknown): Failure {
  const { stack: _, causes, ...plain } = fault
  const named = causes?.map(({ stack: _, ...cause }) => cause)
  return { ...plain, ...(named && { causes: named }), ...detailsOf(error), attempts }
}

function causeOf(error: unknown, stackLength: number): Cause {
  if (!isError(error)) return { name: 'Error', message: shorten(sayThrown(error), maxMessageLength) }
  const code = codeOf(error)
  const stack = firstLines(stackOf(error), stackLength)
  return {
    name: shorten(sayThrown(fieldOf(error, 'name')), maxNameLength),
    message: shorten(sayThrown(fieldOf(error, 'message')), maxMessageLength),
    ...(code !== undefined && { code: shorten(code, maxNameLength) }),
    ...(stack !== undefined && { stack }),
  }
}

function firstLines(text: string | undefined, length: number): string | undefined {
  if (text === undefined || text.length <= length) return text
  return text.slice(0, Math.max(0, text.lastIndexOf('\n', length)))
}

/** `fault`, with the least useful parts cut until it is short enough. */
function bounded(fault: Fault): Fault {
  let kept = fault
  for (const lessen of lessening) {
    if (Buffer.byteLength(JSON.stringify(kept)) <= maxFaultBytes) break
    kept = lessen(kept)
  }
  return kept
}

const lessening: readonly ((fault: Fault) => Fault)[] = [
  ({ causes = [], ...rest }) => ({ ...rest, causes: causes.map(({ stack: _, ...cause }) => cause) }),
  ({ stack, ...rest }) => ({ ...rest, stack: firstLines(stack, maxCauseStackLength) }),
  ({ causes, ...rest }) => ({ ...rest, causes: causes?.slice(0, 3) }),
  ({ causes: _, ...rest }) => rest,
  ({ stack: _, ...rest }) => rest,
  ({ message, ...rest }) => ({ ...rest, message: shorten(message, maxMessageLength / 4) }),
]

/** The plain facts in the `details` of `error`, such as which field was wrong: for `Failure`, not for the history. */
function detailsOf(error: unknown): Pick<Failure, 'details'> {
  const details = fieldOf(error, 'details')
  if (typeof details !== 'object' || details === null) return {}
  const entries = ifReadable(() => (Array.isArray(details) ? [] : Object.entries(details))) ?? []
  const plain = entries.filter(([, value]) => isPlain(value))
  const bounded = plain
    .slice(0, maxDetails)
    .map(([name, value]) => [name, isText(value) ? shorten(value, maxMessageLength) : value])
  return bounded.length > 0 ? { details: Object.fromEntries(bounded) } : {}
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || isText(value) || Number.isFinite(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

// A task in a process of its own can crash without its worker: its error says so itself.
function kindOf(error: unknown): Fault['kind'] | undefined {
  const kind = isError(error) ? fieldOf(error, 'kind') : undefined
  return kind === 'crash' || kind === 'timeout' ? kind : undefined
}
