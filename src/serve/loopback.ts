import { isIPv4, isIPv6 } from 'node:net'

/** Whether `host`, as one listens on it or as a URL names it, can only be this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIPv4(bare)) return bare.startsWith('127.')
  if (isIPv6(bare)) return /^(::1|::ffff:127\.[\d.]+)$/.test(bare)
  return bare === 'localhost'
}
