import type { FastifyRequest } from 'fastify'
import { type ErrorCode, isPipewrightError } from '../queue/errors.ts'
import { sentence } from '../queue/sentence.ts'
import { isError } from '../queue/thrown.mjs'
import type { Log } from '../run/log.ts'
import type { Issue } from '../schema/schema.ts'
import { httpStatus } from './http-status.ts'

/** An error as it goes over the wire. */
export interface ErrorBody {
  readonly code: ErrorCode | 'unauthorized' | 'forbidden'
  readonly message: string
  readonly queue?: string | undefined
  readonly id?: string | undefined
  readonly issues?: readonly Issue[] | undefined
}

// What a database says of itself names files of this machine.
const unavailable = 'The database cannot do it at the moment; the log of the server says why.'

/**
 * What `error` is answered with: Pipewright's own by the table, but not what a database says; a request that fastify refuses (not JSON, too
 * long) as `invalid` under fastify's status; anything else as a 500 that tells nothing of the inside.
 */
export function errorAnswer(error: unknown): { readonly status: number; readonly body: ErrorBody } {
  if (isPipewrightError(error)) {
    const { code, message, queue, id } = error
    const issues = 'issues' in error ? (error.issues as readonly Issue[]) : []
    const told = code === 'backend' ? unavailable : message
    return {
      status: httpStatus[code],
      body: { code, message: told, queue, id, ...(issues.length > 0 && { issues }) },
    }
  }
  const status = statusOf(error)
  if (status) return { status, body: { code: 'invalid', message: sentence((error as Error).message) } }
  return { status: 500, body: { code: 'backend', message: 'The server failed; its log says why.' } }
}

/** Tells `log` what was not the asker's fault, and where. */
export function logFailure(
  log: Log,
  { message, stack }: Error,
  { method, routeOptions }: FastifyRequest,
): void {
  log.error('A request could not be answered.', { method, route: routeOptions.url, error: message, stack })
}

function statusOf(error: unknown): number | undefined {
  if (!isError(error) || !('statusCode' in error)) return undefined
  const status = Number(error.statusCode)
  return status >= 400 && status < 500 ? status : undefined
}
