import type { Backend } from '../../../queue/backend.ts'
import type { Touched } from './touched.ts'

/** Follows the history: every line about a token says where that is. */
export class History {
  readonly #backend: Pick<Backend, 'lines'>
  readonly #workflow: string
  /** The number of the last line that was seen; 0 where there was none. */
  #last = 0

  constructor(backend: Pick<Backend, 'lines'>, workflow: string) {
    this.#backend = backend
    this.#workflow = workflow
  }

  /** Begins behind the lines that there are. */
  async begin(): Promise<void> {
    const { lines } = await this.#backend.lines({ order: 'newest', limit: 1 })
    this.#last = lines[0]?.line ?? 0
  }

  /**
   * Adds the tokens of the next lines, 1,000 at most, to `touched`, and returns whether there are more. Throws where the
   * last line that was seen is not there any more, as when all its tokens have ended long ago: then all has to be read anew.
   */
  async read(touched: Touched): Promise<{ readonly lines: number; readonly more: boolean }> {
    // With the last one that was seen: its number would be given again if all lines up to it had been deleted.
    const after = Math.max(0, this.#last - 1)
    const { lines, next } = await this.#backend.lines({ after: String(after), limit: 1000 })
    const fresh = this.#last === 0 ? lines : lines.slice(1)
    if (this.#last > 0 && lines[0]?.line !== this.#last)
      throw new Error('The history that was followed has been deleted.')
    for (const { workflow, id, queue, to } of fresh) {
      if (id !== undefined && queue !== undefined && workflow === this.#workflow)
        touched.add(id, to ?? queue, queue)
    }
    this.#last = fresh.at(-1)?.line ?? this.#last
    return { lines: fresh.length, more: next !== undefined }
  }
}
