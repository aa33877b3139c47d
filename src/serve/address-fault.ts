import { hostFault, originFault } from './known-names.ts'
import { isLoopback } from './loopback.ts'

/** Where a review API listens, under which names, and for which pages: as given, so of any type. */
export interface GivenAddress {
  readonly host?: unknown
  readonly token?: unknown
  readonly hosts?: unknown
  readonly origins?: unknown
}

/** What is wrong with an address: a sentence, and the part that is to blame. */
export interface AddressFault {
  readonly key: keyof GivenAddress
  readonly message: string
}

/** What is malformed in `address`, or lets other machines in without a token; undefined if all is well. */
export function addressFault({ host, token, hosts, origins }: GivenAddress): AddressFault | undefined {
  return (
    faultOf('token', tokenFault(token, 'a review API')) ??
    faultOf('host', listenFault(host, token)) ??
    listFault('hosts', hosts, (name) => hostFault(name, 'hosts') ?? strangerFault(name, token)) ??
    listFault('origins', origins, originFault)
  )
}

function faultOf(key: AddressFault['key'], message: string | undefined): AddressFault | undefined {
  return message === undefined ? undefined : { key, message }
}

// What a header can carry: the spaces around it would be lost.
const tokenPattern = /^[!-~\u00a1-\u00ff](?:[ -~\u00a0-\u00ff]*[!-~\u00a1-\u00ff])?$/

/** What is wrong with the `token` of `what`, without repeating it; undefined for none, or one that a request can carry. */
export function tokenFault(token: unknown, what: string): string | undefined {
  if (token === undefined) return
  if (token === '') return `The token of ${what} cannot be empty.`
  if (typeof token !== 'string') return `The token of ${what} is a text, and not ${kindOf(token)}.`
  if (tokenPattern.test(token)) return
  return `The token of ${what} has spaces or a line break around it, or characters that no request can carry.`
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

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
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
