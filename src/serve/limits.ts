/** The longest body, in bytes: a value of the longest kind, and what is around it. */
export const maxBodyBytes = 1_100_000

/** How many milliseconds a connection may take. Fastify's own limits are none. */
export interface Timeouts {
  /** For the headers of a request. */
  readonly headersMs: number
  /** For a whole request, body included. */
  readonly requestMs: number
  /** Without a byte either way; longer than `serveBackend` holds a question for changes open. */
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

/** What fastify is told about it. */
export function connectionOptions({ headersMs, requestMs, silenceMs, keepAliveMs }: Timeouts) {
  return {
    bodyLimit: maxBodyBytes,
    requestTimeout: requestMs,
    connectionTimeout: silenceMs,
    keepAliveTimeout: keepAliveMs,
    http: {
      headersTimeout: headersMs,
      // Node looks for slow requests only so often, every 30 seconds unless told.
      connectionsCheckingInterval: Math.ceil(headersMs / 4),
    },
  }
}
