/** What is sent to a route. */
export interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  readonly signal: AbortSignal
}

/** What a server has answered. */
export interface Answered {
  readonly status: number
  /** The value of a header, by its name in lower case. */
  readonly header: (name: string) => string | undefined
  readonly text: string
}

/** Sends one request by POST, and follows no redirection. */
export interface Exchange {
  /** Rejects if there is no whole answer, with a `CutError` where the connection had been used before and brought no byte of one. */
  readonly send: (sent: Sent) => Promise<Answered>
  /** Ends what is kept for later requests. */
  readonly close: () => void
}

/** A connection that was kept from an earlier request was closed, as by a proxy that cuts idle ones. */
export class CutError extends Error {}

/** An exchange by the function `fetch`. */
export function fetchExchange(ownFetch: typeof fetch): Exchange {
  return {
    async send({ url, ...request }) {
      const response = await ownFetch(url, { method: 'POST', redirect: 'error', ...request })
      const text = await response.text()
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, text }
    },
    close() {},
  }
}
