import type { Right, Rights } from './access-token.ts'

/** What a request needs: a right in a queue, in a whole workflow (`books/*`), or everywhere. */
export interface Need {
  readonly right: Right
  readonly queue?: string | undefined
}

/** What the bearer of a token may do. */
export class Holder {
  readonly #rights: Rights
  readonly #name: string | undefined

  constructor(rights: Rights, name?: string) {
    this.#rights = rights
    this.#name = name
  }

  /** Whether it has `right` in `queue`: a name, or `workflow/*` for all of a workflow; without one, everywhere. */
  has(right: Right, queue?: string): boolean {
    const queues = this.#rights[right]
    if (queues === undefined || queues === true) return queues === true
    return queue !== undefined && queues.some((each) => covers(each, queue))
  }

  /** Whether it has any right in any queue of `workflow`. */
  knows(workflow: string): boolean {
    const within = `${workflow}/`
    return Object.values(this.#rights).some(
      (queues) => queues === true || queues?.some((each: string) => each.startsWith(within)),
    )
  }

  /** Whether it has one of `rights` in any queue of `workflow`. */
  hasSome(right: Right, workflow: string): boolean {
    const queues = this.#rights[right]
    return queues === true || (queues?.some((each) => each.startsWith(`${workflow}/`)) ?? false)
  }

  /** The sentence that says what is missing. */
  lacks({ right, queue }: Need): string {
    const own = this.#name === undefined ? 'The token' : `The token "${this.#name}"`
    const where = queue === undefined ? ' for all queues' : ` in "${queue}"`
    return `${own} has not the right "${right}"${where}.`
  }
}

function covers(pattern: string, queue: string): boolean {
  if (pattern === queue) return true
  return pattern.endsWith('/*') && queue.startsWith(pattern.slice(0, -1))
}

/** The workflow that a queue is of: `makeQueues` calls its queues `workflow/stage`. */
export function workflowOf(queue: string): string {
  const slash = queue.indexOf('/')
  return slash < 0 ? queue : queue.slice(0, slash)
}
