import { isIPv6 } from 'node:net'
import { urlOf } from './same-host.ts'

/** What is wrong with `host`, which stands in `key`; undefined for a name under which a server can be reached. */
export function hostFault(host: string, key: 'host' | 'hosts'): string | undefined {
  const url = urlOfHost(host)
  if (url && url.href === `http://${url.hostname}/`) return
  return `"${host}" in \`${key}\` is no name: write "reviews.example.org", without a port.`
}

/** The name of `host`, which has no fault, as it comes in a Host header. */
export function hostName(host: string): string {
  return urlOfHost(host)!.hostname
}

/** What is wrong with `origin` in `origins`; undefined for one as a browser sends it. */
export function originFault(origin: string): string | undefined {
  const url = urlOf(origin)
  if (url && /^https?:$/.test(url.protocol) && url.origin === origin) return
  return `"${origin}" in \`origins\` is no origin: write "https://desk.example.org", without anything after it.`
}

function urlOfHost(host: string): URL | undefined {
  return urlOf(`http://${isIPv6(host) ? `[${host}]` : host}`)
}
