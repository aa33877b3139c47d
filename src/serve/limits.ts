import type { Server } from 'node:http'

/** The longest body, in bytes: the longest value, and the request around it. */
export const maxBodyBytes = 1_100_000

/** How many milliseconds a connection may take. Fastify by itself sets no limits. */
export interface Timeouts {
  /** For the headers of a request. */
  readonly headersMs: number
  /** For a whole request, body included. */
  readonly requestMs: number
  /** Without a byte either way; longer than `serveBackend` holds a poll for changes open. */
  readonly silenceMs: number
  /** Between two requests. */
  readonly keepAliveMs: number
}

/** With the time between two looks, everything slow is cut within 30 seconds. */
export const defaultTimeouts: Timeouts = {
  headersMs: 10_000,
  requestMs: 20_000,
  silenceMs: 28_000,
  keepAliveMs: 5_000,
}

/** The options of fastify for these limits. */
export function connectionOptions({ headersMs, requestMs, silenceMs, keepAliveMs }: Timeouts) {
  return {
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    connectionTimeout: silenceMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      headersTimeout: headersMs,
      // Node looks for slow requests at this interval, by default every 30 seconds.
      connectionsCheckingInterval: Math.ceil(headersMs / 4),
    },
  }
}

/** Gives `server`, which listens nowhere yet, the same limits, where it has none or laxer ones. */
export function limitConnections(
  server: Server & { connectionsCheckingInterval?: number },
  { headersMs, requestMs, silenceMs, keepAliveMs }: Timeouts,
): void {
  server.headersTimeout = stricter(server.headersTimeout, headersMs)
  server.requestTimeout = stricter(server.requestTimeout, requestMs)
  server.timeout = stricter(server.timeout, silenceMs)
  server.keepAliveTimeout = stricter(server.keepAliveTimeout, keepAliveMs)
  server.connectionsCheckingInterval = stricter(server.connectionsCheckingInterval, Math.ceil(headersMs / 4))
}

/** The shorter of two times, where 0 is for ever. */
function stricter(ms = 0, ours: number): number {
  return ms > 0 ? Math.min(ms, ours) : ours
}
