import { hostFault, originFault } from './known-names.ts'
import { isLoopback } from './loopback.ts'
import { accessFault } from './rights/access-token.ts'
import { tlsFault } from './tls.ts'
import { kindOf, tokenFault } from './token-fault.ts'

/** Where a review API listens, under which names, and for which pages: as given, so of any type. */
export interface GivenAddress {
  readonly host?: unknown
  readonly token?: unknown
  readonly hosts?: unknown
  readonly origins?: unknown
  readonly tls?: unknown
  readonly backend?: unknown
}

/** What is wrong with an address: a sentence, and the part that is to blame. */
export interface AddressFault {
  readonly key: keyof GivenAddress
  readonly message: string
}

/** What is malformed in `address`, or lets other machines in without a token; undefined if all is well. */
export function addressFault(given: GivenAddress): AddressFault | undefined {
  const { host, token, hosts, origins, tls, backend } = given
  return (
    faultOf('token', tokenFault(token, 'a review API')) ??
    faultOf('host', listenFault(host, token)) ??
    listFault('hosts', hosts, (name) => hostFault(name, 'hosts') ?? strangerFault(name, token)) ??
    listFault('origins', origins, originFault) ??
    faultOf('tls', tlsFault(tls)) ??
    faultOf('backend', backendFault(backend))
  )
}

function backendFault(backend: unknown): string | undefined {
  if (backend === undefined) return undefined
  if (typeof backend !== 'object' || backend === null) return '`backend` is { tokens }.'
  const strange = Object.keys(backend).find((key) => key !== 'tokens')
  if (strange !== undefined) return `\`backend\` has "${strange.slice(0, 50)}", which nothing reads.`
  return accessFault((backend as { readonly tokens?: unknown }).tokens)
}

function faultOf(key: AddressFault['key'], message: string | undefined): AddressFault | undefined {
  return message === undefined ? undefined : { key, message }
}

function listenFault(host: unknown, token: unknown): string | undefined {
  if (host === undefined) return
  if (typeof host !== 'string') return `\`host\` is a text, such as "127.0.0.1", and not ${kindOf(host)}.`
  if (token !== undefined || isLoopback(host)) return hostFault(host, 'host')
  return `Listening on "${host}" lets other machines in, so it needs a token: give one, or listen on 127.0.0.1.`
}

function strangerFault(name: string, token: unknown): string | undefined {
  if (token !== undefined || isLoopback(name)) return
  return `Answering to "${name}" lets others than this machine in, so it needs a token: give one.`
}

function listFault(
  key: 'hosts' | 'origins',
  list: unknown,
  sayFault: (name: string) => string | undefined,
): AddressFault | undefined {
  if (list === undefined) return
  if (!Array.isArray(list) || list.some((name) => typeof name !== 'string'))
    return { key, message: `\`${key}\` is a list of texts, also where there is but one.` }
  return list.map((name) => faultOf(key, sayFault(name))).find((fault) => fault)
}
