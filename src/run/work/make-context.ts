import { stageKeyOf, stayKeyOf } from '../keys.ts'
import type { Attempt } from './attempt.ts'
import type { AttemptContext, WorkContext } from './work-context.ts'

/**
 * The second argument of the work: what the artifact was `given`, and what the attempt offers. Its signal and its log are
 * made when they are read: they cost more than all the rest, and most work never reads them.
 */
export function makeContext<Given extends object>(
  attempt: Attempt<any, any>,
  given: Given,
): WorkContext<Given> {
  return Object.assign(new Context(attempt), given) as Context & Given
}

/** `given` without what every context has of its own: its `log`, say, which knows the token. */
export function withoutOwn(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !ownNames.has(name)))
}

class Context implements AttemptContext {
  readonly id: string
  readonly hop: number
  readonly attempt: number
  readonly #attempt: Attempt<any, any>

  constructor(attempt: Attempt<any, any>) {
    const { id, hop } = attempt.held.row
    this.id = id
    this.hop = hop
    this.attempt = attempt.number
    this.#attempt = attempt
  }

  get key() {
    return stayKeyOf(this)
  }

  get stageKey() {
    return stageKeyOf(this.#attempt.held.fence.queue, this.id)
  }

  get signal() {
    return this.#attempt.signal
  }

  get log() {
    return this.#attempt.log()
  }

  // Getters, so that a handler can take these out of the context and call them on their own.
  get progress(): AttemptContext['progress'] {
    return (fraction, note) => this.#attempt.progress(fraction, note)
  }

  get also(): AttemptContext['also'] {
    return (queue, id, value, options) => this.#attempt.also(queue, id, value, options)
  }

  get pass(): AttemptContext['pass'] {
    return (gate, units) => this.#attempt.pass(typeof gate === 'string' ? gate : gate.name, units)
  }
}

const ownNames = new Set([...Object.getOwnPropertyNames(Context.prototype), 'id', 'hop', 'attempt'])
