import type { FastifyRequest } from 'fastify'
import { maxValueDepth } from '../queue/check-value.ts'
import { InvalidError } from '../queue/errors.ts'
import { isDeeper } from '../schema/json.ts'

/** The depth of a value, and of the request around it. */
const maxBodyDepth = maxValueDepth + 10

/** Throws for bodies nested so deep that validating them would overflow the stack. */
export function refuseDeep({ body }: Pick<FastifyRequest, 'body'>): void {
  if (!isDeeper(body, maxBodyDepth)) return
  throw new InvalidError(`The body is nested too deeply: ${maxBodyDepth} levels are allowed.`)
}

/** The hook that does so. */
export async function refuseDeepBodies(request: FastifyRequest): Promise<void> {
  refuseDeep(request)
}
