import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Whether a request carries the bearer `token`; takes the same time for every header. */
export function isBearer({ headers }: Pick<FastifyRequest, 'headers'>, token: string): boolean {
  const given = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  return timingSafeEqual(digest(given), digest(token))
}

/** Of equal length for every text, so that all comparisons take equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
