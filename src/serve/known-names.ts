import { isIPv6 } from 'node:net'
import { InvalidError } from '../queue/errors.ts'
import { urlOf } from './same-host.ts'

/** The names in `hosts` as they come in a Host header. Throws an `InvalidError` for what is no name. */
export function hostNames(hosts: readonly string[]): ReadonlySet<string> {
  return new Set(hosts.map(hostName))
}

function hostName(host: string): string {
  const url = urlOf(`http://${isIPv6(host) ? `[${host}]` : host}`)
  if (url && url.href === `http://${url.hostname}/`) return url.hostname
  throw new InvalidError(`"${host}" in \`hosts\` is no name: write "reviews.example.org", without a port.`)
}

/** The origins, which a browser sends as they are. Throws an `InvalidError` for what is no origin. */
export function originNames(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins) {
    const url = urlOf(origin)
    if (url && /^https?:$/.test(url.protocol) && url.origin === origin) continue
    throw new InvalidError(
      `"${origin}" in \`origins\` is no origin: write "https://desk.example.org", without anything after it.`,
    )
  }
  return new Set(origins)
}
