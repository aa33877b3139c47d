import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { InvalidError } from '../queue/errors.ts'
import type { Log } from '../run/log.ts'
import { errorAnswer, logFailure } from './error-answer.ts'
import { maxBodyBytes } from './limits.ts'

/** The body of every error. */
export const Problem = z.object({
  code: z.enum([
    'invalid',
    'not_found',
    'conflict',
    'lease_lost',
    'unroutable',
    'backend',
    'unauthorized',
    'forbidden',
  ]),
  /** One sentence that names what, where and what to do. */
  message: z.string(),
  queue: z.string().optional(),
  id: z.string().optional(),
  issues: z
    .array(z.object({ message: z.string(), path: z.array(z.union([z.string(), z.number()])).optional() }))
    .optional(),
})
export type Problem = z.infer<typeof Problem>

const plainly: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send JSON, with the header "content-type: application/json".',
  FST_ERR_CTP_BODY_TOO_LARGE: `The body is too long: ${maxBodyBytes} bytes are allowed.`,
  FST_ERR_BAD_URL: 'The path of the request is not valid: "%" is followed by what stands for no character.',
}

/** Answers an error; one that is not the client's fault is logged to `log`, and the client gets only its kind. */
export function answerError(log: Log) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, body } = errorAnswer(asOurs(error))
    if (status >= 500) logFailure(log, error, request)
    return reply.code(status).send({ ...body, message: plainly[error.code] ?? body.message })
  }
}

function asOurs(error: FastifyError): Error {
  if (!hasZodFastifySchemaValidationErrors(error)) return error
  const where = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' }
  const issues = error.validation.map(({ instancePath, message = 'is not valid' }) => ({
    message,
    path: instancePath.split('/').filter(Boolean),
  }))
  return new InvalidError(`The ${where[error.validationContext ?? 'body'] ?? 'request'} is not valid`, {
    issues: issues.slice(0, 10),
  })
}
