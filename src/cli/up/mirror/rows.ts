import type { Backend } from '../../../queue/backend.ts'
import type { Row } from '../../../queue/rows.ts'
import type { Placed } from './shelf.mjs'
import { tokenText } from './token-file.ts'
import type { Touch } from './touched.ts'

/** Of how many tokens the rows are read at once: values may be long. */
const atOnce = 200

/** A token, and the queue that it is in. */
export interface Found {
  readonly queue: string
  readonly row: Row
}

/** Reads where tokens are, and says what files that makes. */
export class Rows {
  readonly #backend: Pick<Backend, 'list'>
  readonly #workflow: string
  readonly #places: ReadonlyMap<string, string>

  constructor(
    backend: Pick<Backend, 'list'>,
    workflow: string,
    /** The folder of each queue. */
    places: ReadonlyMap<string, string>,
  ) {
    this.#backend = backend
    this.#workflow = workflow
    this.#places = places
  }

  /** All tokens, a page at a time. */
  async *all(): AsyncGenerator<readonly Found[], void> {
    for (const queue of this.#places.keys()) {
      for (let after: string | undefined; ; ) {
        const { rows, next } = await this.#backend.list(queue, { limit: atOnce, after })
        yield rows.map((row) => ({ queue, row }))
        after = next
        if (after === undefined) break
      }
    }
  }

  /** Those of the tokens that were touched which are where they were seen last. A few at a time. */
  async *of(touches: ReadonlyMap<string, Touch>): AsyncGenerator<readonly Found[], void> {
    const byQueue = new Map<string | undefined, string[]>()
    for (const [id, { now }] of touches) {
      if (now !== undefined && !this.#places.has(now)) continue
      const ids = byQueue.get(now)
      if (ids) ids.push(id)
      else byQueue.set(now, [id])
    }
    for (const [queue, ids] of byQueue)
      for (let from = 0; from < ids.length; from += atOnce)
        yield this.#listed(queue, ids.slice(from, from + atOnce))
  }

  /** The file of a token that was found, and no file where it has been. */
  placed({ queue, row }: Found, touch?: Touch): readonly Placed[] {
    const folder = this.#places.get(queue)
    if (folder === undefined) return []
    return [
      ...this.#gone(row.id, touch).filter((each) => each.folder !== folder),
      { folder, id: row.id, text: tokenText(queue, row) },
    ]
  }

  /** No file of a token that was not found. */
  gone(id: string, touch: Touch): readonly Placed[] {
    return this.#gone(id, touch)
  }

  #gone(id: string, touch: Touch | undefined): readonly Placed[] {
    return [...(touch?.were ?? [])].flatMap((queue) => {
      const folder = this.#places.get(queue)
      return folder === undefined ? [] : [{ folder, id, text: null }]
    })
  }

  async #listed(queue: string | undefined, ids: readonly string[]): Promise<readonly Found[]> {
    const found: Found[] = []
    for (let after: string | undefined; ; ) {
      const page = await this.#backend.list(queue ?? { workflow: this.#workflow }, {
        ...{ only: { ids }, limit: atOnce },
        after,
      })
      for (const row of page.rows) found.push({ queue: queue ?? row.queue!, row })
      after = page.next
      if (after === undefined) return found
    }
  }
}
