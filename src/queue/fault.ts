import { isNativeError } from 'node:util/types'
import type { Failure } from '../schema/failure.ts'
import type { Fault } from './change.ts'
import { shorten } from './hide-passwords.ts'

const maxMessageLength = 2000
const maxDetails = 20

/** Whether `value` is an error, in whatever realm it was made. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value)
}

/** What `error` says, as plain data of bounded length: its name, message and code, never its stack or a URL's password. */
export function faultOf(error: unknown, kind: Fault['kind'] = 'error'): Fault {
  if (!isError(error)) return { kind, name: 'Error', message: cut(sayThrown(error)) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: cut(error.code) } : {}
  return {
    kind: kindOf(error) ?? kind,
    name: cut(sayThrown(error.name)),
    message: cut(sayThrown(error.message)),
    ...code,
  }
}

// Anything can be thrown, and not everything that can has a text.
function sayThrown(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown)
  const { message } = thrown as { message?: unknown }
  return typeof message === 'string' ? message : Object.prototype.toString.call(thrown)
}

/** The plain facts in the `details` of `error`, such as which field was wrong: for `Failure`, not for the history. */
export function detailsOf(error: unknown): Pick<Failure, 'details'> {
  const { details } = Object(error) as { details?: unknown }
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return {}
  const plain = Object.entries(details).filter(([, value]) => isPlain(value))
  const bounded = plain
    .slice(0, maxDetails)
    .map(([name, value]) => [name, isText(value) ? cut(value) : value])
  return bounded.length > 0 ? { details: Object.fromEntries(bounded) } : {}
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || isText(value) || Number.isFinite(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

// A task in a process of its own can crash without its worker: its error says so itself.
function kindOf(error: Error): Fault['kind'] | undefined {
  if (!('kind' in error)) return undefined
  return error.kind === 'crash' || error.kind === 'timeout' ? error.kind : undefined
}

function cut(told: string): string {
  return shorten(told, maxMessageLength)
}
