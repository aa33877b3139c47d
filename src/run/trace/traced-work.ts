import type * as Api from '@opentelemetry/api'
import type { Process, Work } from '../work/work.ts'
import type { AttemptContext } from '../work/work-context.ts'
import { AttemptSpan } from './attempt-span.ts'
import type { LastSpans } from './last-spans.ts'
import { spanOf } from './traceparent.ts'
import type { TracedPlace } from './tracing.ts'

/** What `TracedWork` needs. */
export interface TracedWorkParts<In, Out> {
  readonly api: typeof Api
  readonly tracer: Api.Tracer
  readonly last: LastSpans
  readonly work: Work<In, Out>
  readonly place: TracedPlace
}

/*
 * How a token's travel is traced. It keeps the span with which it entered, and each attempt on it has a span of its own below
 * that one: so its whole travel is one trace, in however many processes and however long it takes. Each span is linked to the
 * one before of that token, if this process has worked on that, and that of a child to the one that made it. A token without a
 * trace begins a new one with each attempt, and the links lead along.
 *
 * What the token keeps is read from the backend at the beginning of each attempt, one request more for each; nothing of this is done
 * unless a tracer is installed.
 */

/** The work of one stage, with a span for each attempt. */
export class TracedWork<In, Out> {
  readonly process: Process<In, Out>
  readonly #parts: TracedWorkParts<In, Out>

  constructor(parts: TracedWorkParts<In, Out>) {
    this.#parts = parts
    const { process } = parts.work
    if ('one' in process) {
      const { one } = process
      this.process = { size: 1, one: (value, context) => this.#one(context, () => one(value, context)) }
    } else if ('resting' in process) {
      // What splits, joins or polls is no work of the user's on one token.
      this.process = process
    } else {
      const { size, many } = process
      const traced: typeof many = (values, contexts) => this.#many(contexts, () => many(values, contexts))
      this.process = { size, many: traced }
    }
  }

  async #one(context: AttemptContext, work: () => Out | PromiseLike<Out>): Promise<Out> {
    const own = await this.#begin(context)
    try {
      const result = await this.#within(own.span, work)
      own.end('done')
      return result
    } catch (error) {
      own.end('failed', error)
      throw error
    }
  }

  async #many(
    contexts: readonly AttemptContext[],
    work: () => Promise<readonly (Out | Error)[]>,
  ): Promise<readonly (Out | Error)[]> {
    const spans = await Promise.all(contexts.map((context) => this.#begin(context)))
    const { tracer, work: stage } = this.#parts
    // One span cannot be below several others; so that of the batch has links to all of them.
    const links = spans.map(({ span }) => ({ context: span.spanContext() }))
    const batch = tracer.startSpan(`${this.#stage} batch`, {
      links,
      attributes: { 'pipewright.queue': stage.queue },
    })
    try {
      const results = await this.#within(batch, work)
      for (const [i, each] of spans.entries()) each.returned(results[i])
      return results
    } catch (error) {
      for (const each of spans) each.end('failed', error)
      throw error
    } finally {
      batch.end()
    }
  }

  async #begin(context: AttemptContext): Promise<AttemptSpan> {
    const { api, last, place, tracer, work } = this.#parts
    const { workflow } = place
    const { id, hop, attempt } = context
    const traceparent = await this.#traceparentOf(context)
    const parent = spanOf(traceparent)
    const before = last.of(workflow, id)
    const span = tracer.startSpan(
      this.#stage,
      {
        kind: api.SpanKind.CONSUMER,
        links: before ? [{ context: before }] : [],
        attributes: {
          'pipewright.workflow': workflow,
          'pipewright.queue': work.queue,
          'pipewright.token': id,
          'pipewright.hop': hop,
          'pipewright.attempt': attempt,
        },
      },
      parent ? api.trace.setSpanContext(api.ROOT_CONTEXT, parent) : api.ROOT_CONTEXT,
    )
    last.set(workflow, id, span.spanContext())
    const own = new AttemptSpan({ api, span, context })
    this.#lend(context, traceparent ?? own.traceparent, span)
    return own
  }

  /** The trace with which the token has entered. A message that cannot be read now is worked on all the same. */
  async #traceparentOf({ id, hop }: AttemptContext): Promise<string | undefined> {
    const { place, work } = this.#parts
    const row = await place.backend.get(work.queue, id).catch(() => undefined)
    return row?.hop === hop ? row.traceparent : undefined
  }

  /** Gives the children of an attempt the trace of their parent. */
  #lend(context: AttemptContext, traceparent: string, span: Api.Span): void {
    const { last, place } = this.#parts
    const { also } = context
    const traced: AttemptContext['also'] = (queue, id, value, options) => {
      last.set(place.workflow, id, span.spanContext())
      return also(queue, id, value, { traceparent, ...options })
    }
    Object.defineProperty(context, 'also', { value: traced })
  }

  #within<T>(span: Api.Span, work: () => T): T {
    const { api } = this.#parts
    return api.context.with(api.trace.setSpan(api.context.active(), span), work)
  }

  get #stage(): string {
    const { place, work } = this.#parts
    return work.queue.slice(place.workflow.length + 1)
  }
}
