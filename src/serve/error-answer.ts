import type { FastifyRequest } from 'fastify'
import { type ErrorCode, isPipewrightError } from '../queue/errors.ts'
import { sentence } from '../queue/sentence.ts'
import { isError } from '../queue/thrown.mjs'
import type { Log } from '../run/log.ts'
import type { Issue } from '../schema/schema.ts'
import { httpStatus } from './http-status.ts'
import { ForbiddenError } from './rights/forbidden.ts'

/** An error as it goes over the wire. */
export interface ErrorBody {
  readonly code: ErrorCode | 'unauthorized' | 'forbidden'
  readonly message: string
  readonly queue?: string | undefined
  readonly id?: string | undefined
  readonly issues?: readonly Issue[] | undefined
}

// The message of a database names files of this machine.
const unavailable = 'The database cannot do it at the moment; the log of the server says why.'

/**
 * The answer to `error`: Pipewright's own by the table, but without the message of a database; what its token may not do as
 * `forbidden`; a request that fastify refuses (not JSON, too long) as `invalid` under fastify's status; anything else as a 500 that says nothing of the inside.
 */
export function errorAnswer(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (isPipewrightError(error)) {
    const { code, message, queue, id } = error
    const issues = 'issues' in error ? (error.issues as readonly Issue[]) : []
    const shown = code === 'backend' ? unavailable : message
    return {
      status: httpStatus[code],
      body: { code, message: shown, queue, id, ...(issues.length > 0 && { issues }) },
    }
  }
  if (error instanceof ForbiddenError)
    return { status: 403, body: { code: 'forbidden', message: error.message } }
  const status = statusOf(error)
  if (status) return { status, body: { code: 'invalid', message: sentence((error as Error).message) } }
  return { status: 500, body: { code: 'backend', message: 'The server failed; its log says why.' } }
}

/** Logs an error that is not the client's fault, and where it happened. */
export function logFailure(
  log: Log,
  { message, stack }: Error,
  { method, routeOptions }: Pick<FastifyRequest, 'method' | 'routeOptions'>,
): void {
  log.error('A request could not be answered.', { method, route: routeOptions.url, error: message, stack })
}

function statusOf(error: unknown): number | undefined {
  if (!isError(error) || !('statusCode' in error)) return undefined
  const status = Number(error.statusCode)
  return status >= 400 && status < 500 ? status : undefined
}
