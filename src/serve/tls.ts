import { createSecureContext } from 'node:tls'
import { InvalidError } from '../queue/errors.ts'

/** With which certificate a server speaks TLS, in PEM, as the files of certificates have it. */
export interface ServerTls {
  /** Its certificate, and those between it and its authority. */
  readonly cert: string
  /** The private key of that. */
  readonly key: string
  /** The authority of clients: only those with a certificate of it are let in then. */
  readonly ca?: string | undefined
}

/** What is wrong with `tls`, without repeating any of it; undefined if a server can speak with it. Takes values of any type. */
export function tlsFault(tls: unknown): string | undefined {
  if (tls === undefined) return undefined
  if (typeof tls !== 'object' || tls === null) return '`tls` is { cert, key }, each in PEM.'
  const { cert, key, ca, ...others } = tls as Partial<ServerTls>
  const strange = Object.keys(others)[0]
  if (strange !== undefined) return `\`tls\` has "${strange.slice(0, 50)}", which nothing reads.`
  for (const [name, text] of Object.entries({ cert, key, ...(ca !== undefined && { ca }) }))
    if (typeof text !== 'string' || !text.includes('-----BEGIN '))
      return `\`${name}\` of \`tls\` is no text in PEM; give what the file has, and not its path.`
  try {
    createSecureContext({ cert, key, ca })
    return undefined
  } catch (error) {
    return `\`tls\` cannot be used: ${(error as NodeJS.ErrnoException).code ?? 'its parts do not fit together'}.`
  }
}

/** The options of a server of `node:https` for `tls`. Throws an `InvalidError` for what no server can speak with. */
export function httpsOptions({ cert, key, ca }: ServerTls) {
  const fault = tlsFault({ cert, key, ca })
  if (fault !== undefined) throw new InvalidError(fault)
  return { cert, key, ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }) }
}
