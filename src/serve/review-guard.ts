import type { FastifyRequest } from 'fastify'
import { InvalidError } from '../queue/errors.ts'
import { addressFault } from './address-fault.ts'
import type { GuardOptions } from './guard.ts'
import { hostName } from './known-names.ts'

/** Which requests are let in. */
export interface AccessOptions {
  /** The bearer token that every request must carry. Without one, only requests from this machine are answered. */
  readonly token?: string | undefined
  /**
   * Names under which the server is reached, beside `localhost` and its addresses: `reviews.example.org` of a proxy
   * that speaks TLS, say. They need a token, since requests for them come from other machines.
   */
  readonly hosts?: readonly string[] | undefined
  /** Origins whose pages may ask, beside the server's own: `https://desk.example.org`. */
  readonly origins?: readonly string[] | undefined
}

/** The rules for a review API. Throws an `InvalidError` for an option that is malformed, or lets other machines in without a token. */
export function reviewGuard({ token, hosts = [], origins = [] }: AccessOptions): GuardOptions {
  const fault = addressFault({ token, hosts, origins })
  if (fault) throw new InvalidError(fault.message)
  return { token, hosts: new Set(hosts.map(hostName)), origins: new Set(origins), isOpen }
}

/** Routes that show no token's data are open: a browser that opens the docs cannot send the bearer token. */
function isOpen({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  // A served backend has tokens of its own.
  if (url.startsWith('/backend/')) return true
  return url === '/health' || url === '/openapi.json' || url === '/docs' || url.startsWith('/docs/')
}
