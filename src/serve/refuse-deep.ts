import type { FastifyRequest } from 'fastify'
import { maxValueDepth } from '../queue/check-value.ts'
import { InvalidError } from '../queue/errors.ts'
import { isDeeper } from '../schema/json.ts'

/** Of a value, and of what is around it in a request. */
const maxBodyDepth = maxValueDepth + 10

/** The hook that refuses bodies so deep that whoever looks through them, a schema for one, runs out of stack. */
export async function refuseDeep({ body }: FastifyRequest): Promise<void> {
  if (!isDeeper(body, maxBodyDepth)) return
  throw new InvalidError(`The body is nested too deeply: ${maxBodyDepth} levels are allowed.`)
}
