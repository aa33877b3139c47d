import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../../queue/clock.ts'

/** With which certificates an `https://` server is trusted and this client proves itself, as `node:tls` takes them (PEM). */
export type HttpTls = Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'pfx'> & {
  /** The name that the certificate of the server must have, if it is another than that in the URL. */
  readonly servername?: string | undefined
}

/** How a backend over HTTP is reached. */
export interface HttpOptions {
  /** The bearer token that its server asks for. */
  readonly token?: string | undefined
  /** The certificates: `ca` to trust those of a private authority, `cert` and `key` for a server that asks for one. Not with `fetch`. */
  readonly tls?: HttpTls | undefined
  /**
   * Sends the requests in place of Node's own client, as behind a proxy that has to be asked. Leases are renewed from the event loop then,
   * so no handler may keep that busy for as long as a lease lasts.
   */
  readonly fetch?: typeof fetch | undefined
  /** The clock for the pauses between attempts to reach a lost server. */
  readonly clock?: Clock | undefined
  /** Called with a problem that an operator should look at, such as leases that cannot be renewed; one sentence each time. */
  readonly onWarning?: ((message: string) => void) | undefined
}
