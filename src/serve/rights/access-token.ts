import { InvalidError } from '../../queue/errors.ts'
import { didYouMean } from '../../schema/did-you-mean.ts'
import { keysOf } from '../../schema/refuse-unread.ts'
import { tokenFault } from '../token-fault.ts'

/**
 * What a token of a served backend may do.
 *
 * - `work`: in these queues it leases, renews, answers, pays at gates and remembers, and it mails and keeps records of the tokens that
 *   are there. What it answers may send a token on to any queue of its workflow. It may read these queues.
 * - `enter`: it lets new tokens enter at these queues.
 * - `read`: it reads these queues, and what has become of the tokens that are there.
 * - `operate`: what people do with these queues by hand: it takes, revives, replaces, marks and comments, and turns their gates.
 * - `declare`: it makes the queues of a workflow, or changes them; without it only a version that has been declared starts.
 */
export type Right = 'work' | 'enter' | 'read' | 'operate' | 'declare'

/**
 * The rights of a token, each for all queues (`true`) or for some, by their names (`books/scan`); `books/*` means all queues of the
 * workflow `books`. What it does not name it may not do.
 */
export type Rights = { readonly [R in Right]?: true | readonly string[] | undefined }

/** A bearer token of a served backend that may do certain things only. */
export interface AccessToken {
  readonly token: string
  /** What refusals call it. */
  readonly name?: string | undefined
  readonly may: Rights
}

const rightKeys = keysOf<Rights>({ work: true, enter: true, read: true, operate: true, declare: true })
const tokenKeys = keysOf<AccessToken>({ token: true, name: true, may: true })
const namePattern = /^[\w.-]{1,100}$/
const queuePattern = /^[^\s*]+(?:\/\*)?$/

/** What is wrong with a list of tokens, in a sentence that repeats none of them; undefined if all is well. Takes values of any type. */
export function accessFault(tokens: unknown): string | undefined {
  if (!Array.isArray(tokens) || tokens.length === 0) return '`tokens` is a list of at least one token.'
  for (const [n, given] of tokens.entries()) {
    const fault = faultOf(given)
    if (fault !== undefined) return `Token ${n + 1} in \`tokens\`: ${fault}`
  }
  if (new Set(tokens.map(({ token }) => token)).size < tokens.length)
    return '`tokens` has the same token twice.'
  return undefined
}

/** Throws an `InvalidError` for a list in which something is wrong. */
export function checkAccess(tokens: readonly AccessToken[]): void {
  const fault = accessFault(tokens)
  if (fault !== undefined) throw new InvalidError(fault)
}

function faultOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'it is no object, such as { token, may }.'
  const { token, name, may } = given as Partial<AccessToken>
  const strange = unknownIn(given, tokenKeys) ?? (token === undefined ? 'it has no `token`.' : undefined)
  if (strange !== undefined) return strange
  const fault = tokenFault(token, 'a served backend')
  if (fault !== undefined) return fault
  if (name !== undefined && !(typeof name === 'string' && namePattern.test(name)))
    return 'its `name` is up to 100 letters, digits, ".", "_" or "-".'
  if (typeof may !== 'object' || may === null) return 'it has no `may`, such as { work: ["books/scan"] }.'
  return unknownIn(may, rightKeys) ?? rightsFault(may)
}

function rightsFault(may: Rights): string | undefined {
  for (const [right, queues] of Object.entries(may as Record<string, unknown>)) {
    if (queues === undefined || queues === true) continue
    const isList = Array.isArray(queues) && queues.length > 0
    if (isList && queues.every((queue) => typeof queue === 'string' && queuePattern.test(queue))) continue
    return `\`${right}\` is true, or a list of queues such as "books/scan" or "books/*".`
  }
  return undefined
}

function unknownIn(given: object, known: readonly string[]): string | undefined {
  const key = Object.keys(given).find((key) => !known.includes(key))
  return key === undefined
    ? undefined
    : `it has "${key.slice(0, 50)}", which nothing reads.${didYouMean(key, known)}`
}
