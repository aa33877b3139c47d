import type { HistoryEvent } from '../../queue/journey.ts'

/** What a stay was: the state of the token, and how many frames it had. */
export interface ModelStay {
  readonly hop: number
  readonly tag: string
  readonly depth: number
}

/** The stays whose values are remembered, by token. */
export class ModelPast {
  readonly #all: Map<string, ModelStay>

  constructor(all: Iterable<readonly [string, ModelStay]> = []) {
    this.#all = new Map(all)
  }

  /** An independent copy. */
  copy(): ModelPast {
    return new ModelPast(this.#all)
  }

  toJSON(): unknown {
    return [...this.#all]
  }

  find(token: string, hop: number): ModelStay | undefined {
    return this.#all.get(`${token} ${hop}`)
  }

  /** Keeps a stay in `queue` as it ends by `event`; with `arrived` or `taken` as a person, or one outside, has made it. */
  keep(
    token: string,
    stay: ModelStay & { readonly queue: string },
    why: HistoryEvent | 'arrived' | 'taken',
  ): void {
    const { queue, hop, tag, depth } = stay
    const values = valuesOf(queue)
    if (values === 'none' || (values === 'turns' && why === 'moved')) return
    const key = `${token} ${hop}`
    if (!this.#all.has(key)) this.#all.set(key, { hop, tag, depth })
  }
}

/** Of which stays in a queue of the model the values are remembered. */
export function valuesOf(queue: string): 'none' | 'turns' | 'all' {
  if (queue === 'mall') return 'none'
  return queue === 'first' || queue === 'start' ? 'all' : 'turns'
}
