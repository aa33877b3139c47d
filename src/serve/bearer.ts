import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Whether a request carries the bearer `token`, found out in the same time whatever it carries. */
export function isBearer({ headers }: Pick<FastifyRequest, 'headers'>, token: string): boolean {
  const given = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

/** Of equal length, whatever was given, so that comparing takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
