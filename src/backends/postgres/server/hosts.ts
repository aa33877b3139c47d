import { InvalidError } from '../../../queue/errors.ts'

const authority = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is

/**
 * The URLs of a URL with several hosts, `postgres://USER@HOST1:5432,HOST2:5432/DATABASE`, one for each, in their order: of those the one
 * that can be written to is the primary. Throws an `InvalidError` for one that asks for a server which only reads.
 */
export function hostsOf(url: string): readonly string[] {
  const wanted = /[?&]target_session_attrs=([^&]*)/i.exec(url)?.[1]
  if (wanted !== undefined && !['any', 'read-write', 'primary'].includes(wanted))
    throw new InvalidError(
      `target_session_attrs of the URL is "${wanted}"; queues are written to, so that it is read-write, primary or any.`,
    )
  const [, scheme = '', middle = '', rest = ''] = authority.exec(url) ?? []
  const at = middle.lastIndexOf('@') + 1
  const hosts = middle.slice(at).split(',')
  return hosts.length === 1 ? [url] : hosts.map((host) => `${scheme}${middle.slice(0, at)}${host}${rest}`)
}
