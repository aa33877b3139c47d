import type { SpanContext } from '@opentelemetry/api'

const most = 10_000

/** The last span of each token of a backend, of those on which this process has worked lately. */
export class LastSpans {
  readonly #all = new Map<string, SpanContext>()

  of(workflow: string, id: string): SpanContext | undefined {
    return this.#all.get(keyOf(workflow, id))
  }

  set(workflow: string, id: string, span: SpanContext): void {
    const key = keyOf(workflow, id)
    // A key that is set again stays where it was in a map.
    this.#all.delete(key)
    this.#all.set(key, span)
    if (this.#all.size <= most) return
    const [oldest] = this.#all.keys()
    this.#all.delete(oldest!)
  }
}

function keyOf(workflow: string, id: string): string {
  return `${workflow}\0${id}`
}
