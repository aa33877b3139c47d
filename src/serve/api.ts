import type { IncomingMessage, ServerResponse } from 'node:http'
import type {} from '@fastify/swagger'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { Problem } from './problem.ts'

/** A fastify instance whose routes are typed by zod. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** An answer in JSON, with its description for the document. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } } as const
}

const reasons = {
  400: 'The request is not valid, or what is in it was refused; `issues` say where.',
  401: 'The token of the server is missing or wrong.',
  403: 'The server has no such name, or does not answer such pages, or only this machine.',
  404: 'There is no such token here.',
  409: 'Another caller was first: it is known already, has moved on, is held, or the claim has ended.',
  413: 'The body is too long.',
  415: 'The body is no JSON.',
  422: 'No stage takes such a state.',
  500: 'The server failed; its log says why.',
  503: 'The database cannot do it at the moment; the log of the server says why.',
} as const

/** The problems that a route may answer: those of all routes, and `more`. */
export function problems(...more: readonly (404 | 409 | 422)[]) {
  return problemsAt(400, 401, 403, ...more, 500, 503)
}

/** The same for a route that takes a body. */
export function problemsOfBody(...more: readonly (404 | 409 | 422)[]) {
  return problemsAt(400, 401, 403, ...more, 413, 415, 500, 503)
}

function problemsAt(...statuses: readonly (keyof typeof reasons)[]) {
  return Object.fromEntries(statuses.map((status) => [status, answer(reasons[status], Problem)]))
}
