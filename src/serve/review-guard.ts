import type { FastifyRequest } from 'fastify'
import { InvalidError } from '../queue/errors.ts'
import type { GuardOptions } from './guard.ts'
import { hostNames, originNames } from './known-names.ts'
import { isLoopback } from './loopback.ts'

/** Who is let in. */
export interface AccessOptions {
  /** The bearer token that every request must carry. Without one, only requests from this machine are answered. */
  readonly token?: string | undefined
  /**
   * Names under which the server is reached, beside `localhost` and its addresses: `reviews.example.org`, of a proxy
   * that speaks TLS, say. They need a token, since whoever asks for them comes from elsewhere.
   */
  readonly hosts?: readonly string[] | undefined
  /** Origins whose pages may ask, beside the server's own: `https://desk.example.org`. */
  readonly origins?: readonly string[] | undefined
}

/** The rules for a review API. Throws an `InvalidError` for what makes no sense, or lets others in without a token. */
export function reviewGuard({ token, hosts = [], origins = [] }: AccessOptions): GuardOptions {
  if (token === '') throw new InvalidError('The token of a review API cannot be empty.')
  const names = hostNames(hosts)
  const elsewhere = [...names].find((name) => !isLoopback(name))
  if (token === undefined && elsewhere !== undefined) {
    throw new InvalidError(
      `Answering to "${elsewhere}" lets others than this machine in, so it needs a token: give one.`,
    )
  }
  return { token, hosts: names, origins: originNames(origins), isOpen }
}

/** What tells nothing of any token: browsers that read the docs cannot send one. */
function isOpen({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url === '/health' || url === '/openapi.json' || url === '/docs' || url.startsWith('/docs/')
}
