import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { BackendError, InvalidError } from '../queue/errors.ts'
import { refuseUnread } from '../schema/refuse-unread.ts'
import { addressFault } from './address-fault.ts'
import { makeReviews, type ReviewsOptions, reviewsKeys } from './make-reviews.ts'

/** What is served, to which clients, and where. */
export interface ServeReviewsOptions extends ReviewsOptions {
  /** The address to listen on; by default 127.0.0.1. Any but a loopback one needs a token. */
  readonly host?: string | undefined
  /** The port to listen on; by default a free one. */
  readonly port?: number | undefined
}

/** A review API that listens. */
export interface ReviewServer {
  /** Where it is reached: `http://127.0.0.1:4321`. */
  readonly url: string
  readonly port: number
  readonly app: FastifyInstance
  /** Answers pending requests, then listens no longer. Leaves the queues open. */
  readonly close: () => Promise<void>
}

/**
 * Serves the review API of one workflow. Rejects with an `InvalidError` for a malformed address, or one at
 * which other machines could reach it without a token, and with a `BackendError` if the address cannot be listened on.
 */
export async function serveReviews(options: ServeReviewsOptions): Promise<ReviewServer> {
  refuseUnread('serveReviews() is given', options, [...reviewsKeys, 'host', 'port'])
  const { host = '127.0.0.1', port = 0, ...reviews } = options
  const fault = addressFault(options)
  if (fault) throw new InvalidError(fault.message)
  const app = await makeReviews({ ...reviews, hosts: [...(reviews.hosts ?? []), host] })
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await app.close()
    const { code } = cause as NodeJS.ErrnoException
    throw new BackendError(`The review API cannot listen on "${host}", port ${port}: ${sayCode(code)}.`, {
      cause,
    })
  }
  const { port: bound } = app.server.address() as AddressInfo
  const named = host.includes(':') ? `[${host}]` : host
  const scheme = reviews.tls ? 'https' : 'http'
  return { url: `${scheme}://${named}:${bound}`, port: bound, app, close: () => app.close() }
}

function sayCode(code: string | undefined): string {
  if (code === 'EADDRINUSE')
    return 'another process listens there; take another port (--port, or `serve.port`)'
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (code === 'EACCES') return 'it is not allowed here; take a port from 1024'
  return code ?? 'it is not possible'
}
