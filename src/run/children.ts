import type { Change } from '../queue/change.ts'

/**
 * The children that a handler asks for with `also`, until they go into the commit of its hop. A handler may forget to
 * await one: the hop then waits for it all the same, and a refusal that the handler never looked at fails the attempt.
 */
export class Children {
  readonly #asked: { readonly planning: Promise<readonly Change[]>; readonly answer: Answer }[] = []

  /** Takes in a child whose entry is being planned. What is returned rejects as `planning` does. */
  add(planning: Promise<readonly Change[]>): Promise<undefined> {
    const answer = new Answer((resolve, reject) => planning.then(() => resolve(undefined), reject))
    this.#asked.push({ planning, answer })
    return answer
  }

  /** How all of them enter, in the order in which they were asked for. Rejects with the first refusal that was not looked at. */
  async changes(): Promise<readonly Change[]> {
    const changes: Change[] = []
    // By its index: while one is waited for, more may be asked for.
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
