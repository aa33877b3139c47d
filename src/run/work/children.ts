import type { Change } from '../../queue/change.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import { markSite, type Site, tellSite } from '../../queue/stack.ts'

/**
 * The children that a handler asks for with `also`, until they go into the commit of its hop. A handler may forget to
 * await one: the hop then waits for it all the same, and a refusal that the handler never looked at fails the attempt.
 */
export class Children {
  readonly #asked: Asked[] = []

  /**
   * Takes in the child `id`, whose entry is being planned; `also` is the function that the handler has called. The promise
   * returned rejects as `planning` does.
   */
  add(
    id: string,
    planning: Promise<readonly Change[]>,
    also: (...args: never) => unknown,
  ): Promise<undefined> {
    const site = markSite(also)
    const answer = new Answer((resolve, reject) =>
      planning.then(
        () => resolve(undefined),
        (refusal) => reject(tellSite(refusal, site)),
      ),
    )
    this.#asked.push({ id, planning, answer, site })
    return answer
  }

  /** `refusal` of the hop's commit; if a child caused it, with the place at which `also` was called for that child. */
  blame(refusal: unknown): unknown {
    const id = isPipewrightError(refusal) ? refusal.id : undefined
    const asked = this.#asked.find((each) => each.id === id)
    return asked ? tellSite(refusal, asked.site) : refusal
  }

  /** The changes by which all of them enter, in the order of the calls. Rejects with the first refusal that was not looked at. */
  async changes(): Promise<readonly Change[]> {
    const changes: Change[] = []
    // By index: during an await, the handler may ask for more.
    for (let i = 0; i < this.#asked.length; i++) {
      const { planning, answer } = this.#asked[i]!
      try {
        changes.push(...(await planning))
      } catch (refusal) {
        if (!answer.isHeard) throw refusal
      }
    }
    return changes
  }
}

interface Asked {
  readonly id: string
  readonly planning: Promise<readonly Change[]>
  readonly answer: Answer
  readonly site: Site
}

/** What a handler gets for a child: a promise that knows whether its rejection is looked at, and is no unhandled one. */
class Answer extends Promise<undefined> {
  isHeard = false

  static override get [Symbol.species]() {
    return Promise
  }

  constructor(executor: (resolve: (value: undefined) => void, reject: (refusal: unknown) => void) => void) {
    super(executor)
    super.then(undefined, () => {})
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, and asked here whether its rejection is looked at
  override then<A = undefined, B = never>(
    onEntered?: ((value: undefined) => A | PromiseLike<A>) | null,
    onRefused?: ((refusal: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (onRefused) this.isHeard = true
    return super.then(onEntered, onRefused)
  }
}
