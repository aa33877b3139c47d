import type { FastifyRequest } from 'fastify'
import type { Backend } from '../../queue/backend.ts'
import { Bearers } from '../bearer.ts'
import { type AccessToken, checkAccess, type Right, type Rights } from './access-token.ts'
import { ForbiddenError } from './forbidden.ts'
import { Holder } from './holder.ts'
import { type Asked, limited } from './limited.ts'

/** What a caller of a served backend can reach. */
interface Caller {
  readonly asked: Asked
  /** Throws a `ForbiddenError` unless it has a right everywhere. */
  readonly demand: (right: Right) => void
}

interface CallersOptions {
  /** One that may do everything. */
  readonly token?: string | undefined
  readonly tokens?: readonly AccessToken[] | undefined
}

/** Which requests come from which tokens, and what these may do. Without tokens every request may do everything. */
export class Callers {
  /** Whether there are tokens. */
  readonly areNamed: boolean
  readonly #anyone: Caller
  readonly #bearers: Bearers<Caller>
  readonly #found = new WeakMap<FastifyRequest, Caller>()

  /** Throws `InvalidError` for tokens in which something is wrong. */
  constructor(backend: Backend, { token, tokens }: CallersOptions) {
    // Also an empty list: without tokens everyone on this machine may do everything.
    if (tokens !== undefined) checkAccess(tokens)
    this.#anyone = { asked: backend, demand: () => {} }
    const callers = (tokens ?? []).map(
      ({ token, name, may }) => [token, callerOf(backend, may, name)] as const,
    )
    this.#bearers = new Bearers(token === undefined ? callers : [...callers, [token, this.#anyone]])
    this.areNamed = token !== undefined || tokens !== undefined
  }

  /** Whether a request carries one of the tokens. */
  isKnown(request: FastifyRequest): boolean {
    const caller = this.#bearers.find(request)
    if (caller) this.#found.set(request, caller)
    return caller !== undefined
  }

  /** Who has sent a request that `isKnown`. */
  of(request: FastifyRequest): Caller {
    const caller = this.areNamed ? this.#found.get(request) : this.#anyone
    if (!caller) throw new Error('A request was answered before its token was looked at.')
    return caller
  }
}

function callerOf(backend: Backend, may: Rights, name: string | undefined): Caller {
  const holder = new Holder(may, name)
  const demand = (right: Right) => {
    if (!holder.has(right)) throw new ForbiddenError(holder, { right })
  }
  return { asked: limited(backend, holder), demand }
}
