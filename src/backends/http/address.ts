import { InvalidError } from '../../queue/errors.ts'

/** The URL of a server. Throws an `InvalidError` that does not repeat it for one that cannot be used. */
export function checkedUrl(url: string): URL {
  const { href, protocol, username, password } = URL.canParse(url) ? new URL(url) : ({} as Partial<URL>)
  if (href === undefined || !/^https?:$/.test(protocol!)) {
    throw new InvalidError('The address of a backend is an http:// or https:// URL; this one is not.')
  }
  if (username || password) {
    throw new InvalidError('The URL of a backend cannot hold a password; give it as the option `token`.')
  }
  return new URL(href)
}

/** The header with the bearer `token`. Throws an `InvalidError` that does not repeat it for one that no header can carry. */
export function authorization(token: string | undefined): Record<string, string> {
  if (token === undefined) return {}
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` }
  throw new InvalidError('A token is made of visible ASCII characters, without spaces; this one is not.')
}
