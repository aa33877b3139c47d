import { type Issue, plainIssue, sayIssues } from '../schema/schema.ts'
import { fieldOf, isError } from './thrown.mjs'

/** The literal that distinguishes Pipewright's errors, on this machine and over HTTP. */
export type ErrorCode = 'invalid' | 'not_found' | 'conflict' | 'lease_lost' | 'unroutable' | 'backend'

/** What all of Pipewright's errors have: a literal `code`, and where they know it the queue and the id. */
abstract class PipewrightError extends Error {
  abstract readonly code: ErrorCode
  readonly queue: string | undefined
  readonly id: string | undefined

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.queue = details.queue
    this.id = details.id
  }
}

/** Where an error happened, and what it came from. */
export interface ErrorDetails {
  readonly queue?: string | undefined
  readonly id?: string | undefined
  readonly cause?: unknown
}

/** A value, an id or a request that its schema or a limit refuses. Nothing was changed. */
export class InvalidError extends PipewrightError {
  override readonly name = 'InvalidError'
  readonly code = 'invalid'
  /** What is wrong and where; of each path only the keys. */
  readonly issues: readonly Issue[]

  constructor(message: string, details: ErrorDetails & { readonly issues?: readonly Issue[] } = {}) {
    super(details.issues?.length ? `${message}: ${sayIssues(details.issues)}.` : message, details)
    this.issues = (details.issues ?? []).map(plainIssue)
  }
}

/** The queue, token or message is not there. */
export class NotFoundError extends PipewrightError {
  override readonly name = 'NotFoundError'
  readonly code = 'not_found'
}

/** Another caller was first: the id is known already, or the message is leased or has moved on. */
export class ConflictError extends PipewrightError {
  override readonly name = 'ConflictError'
  readonly code = 'conflict'
}

/** The lease behind a change does not hold any more; the change was refused and nothing was done. */
export class LeaseLostError extends PipewrightError {
  override readonly name = 'LeaseLostError'
  readonly code = 'lease_lost'
}

/** A state that no stage accepts. */
export class UnroutableError extends PipewrightError {
  override readonly name = 'UnroutableError'
  readonly code = 'unroutable'
}

/** The database could not do it: busy for too long, full, unreachable, or of another version. */
export class BackendError extends PipewrightError {
  override readonly name = 'BackendError'
  readonly code = 'backend'
  /** Whether this process has closed the backend, so that a retry cannot succeed. */
  readonly isClosed: boolean
  /** Whether a served backend has refused it, since the token of this process has not the right. */
  readonly isForbidden: boolean

  constructor(
    message: string,
    details: ErrorDetails & { readonly isClosed?: boolean; readonly isForbidden?: boolean } = {},
  ) {
    super(message, details)
    this.isClosed = details.isClosed ?? false
    this.isForbidden = details.isForbidden ?? false
  }
}

const classes = {
  invalid: InvalidError,
  not_found: NotFoundError,
  conflict: ConflictError,
  lease_lost: LeaseLostError,
  unroutable: UnroutableError,
  backend: BackendError,
} as const satisfies Record<ErrorCode, new (message: string, details?: ErrorDetails) => PipewrightError>

/** The error of class `code`, for an answer that came over a wire; an unknown code becomes a `BackendError`. */
export function errorOf(code: string, message: string, details: ErrorDetails = {}): PipewrightError {
  const Class = Object.hasOwn(classes, code) ? classes[code as ErrorCode] : BackendError
  return new Class(message, details)
}

/** Whether `error` says that the backend was closed by this process. */
export function isClosedError(error: unknown): boolean {
  return isPipewrightError(error) && error.code === 'backend' && (error as BackendError).isClosed
}

/** Whether `error` says that the token of this process has not the right. */
export function isForbiddenError(error: unknown): boolean {
  return isPipewrightError(error) && error.code === 'backend' && (error as BackendError).isForbidden
}

/** Whether `error` is one of Pipewright's own, also if another copy of the package made it. */
export function isPipewrightError(error: unknown): error is PipewrightError {
  const code = isError(error) ? fieldOf(error, 'code') : undefined
  return typeof code === 'string' && Object.hasOwn(classes, code)
}
