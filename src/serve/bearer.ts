import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Whether a request carries the bearer `token`; takes the same time for every header. */
export function isBearer(request: Pick<FastifyRequest, 'headers'>, token: string): boolean {
  return new Bearers([[token, true]]).find(request) === true
}

/** What belongs to each of several bearer tokens. Only digests are kept. */
export class Bearers<Owned> {
  readonly #owned: readonly (readonly [digest: Buffer, owned: Owned])[]

  constructor(owned: Iterable<readonly [token: string, owned: Owned]>) {
    this.#owned = [...owned].map(([token, each]) => [digest(token), each])
  }

  /** What belongs to the token that a request carries. It is compared with all of them, so every header takes the same time. */
  find({ headers }: Pick<FastifyRequest, 'headers'>): Owned | undefined {
    const given = digest(/^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '')
    let found: Owned | undefined
    for (const [own, owned] of this.#owned) if (timingSafeEqual(given, own)) found = owned
    return found
  }
}

/** Of equal length for every text, so that all comparisons take equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
