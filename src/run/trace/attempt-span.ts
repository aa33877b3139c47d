import type * as Api from '@opentelemetry/api'
import { faultOf } from '../../queue/fault.ts'
import { isError } from '../../queue/thrown.mjs'
import { onAbort } from '../on-abort.ts'
import type { AttemptContext } from '../work/work-context.ts'
import { traceparentOf } from './traceparent.ts'

/** How an attempt ended, as far as its function and its signal say: the attribute `pipewright.outcome`. */
type SpanOutcome = 'done' | 'failed' | 'timeout' | 'lost' | 'released'

/** What `AttemptSpan` needs. */
export interface AttemptSpanParts {
  readonly api: typeof Api
  readonly span: Api.Span
  readonly context: AttemptContext
}

/** The span of one attempt. It ends with its function, or when its signal aborts. */
export class AttemptSpan {
  readonly span: Api.Span
  readonly #api: typeof Api
  readonly #stopListening: () => void
  #hasEnded = false

  constructor({ api, span, context }: AttemptSpanParts) {
    this.span = span
    this.#api = api
    const { signal } = context
    this.#stopListening = onAbort(signal, () => this.end(outcomeOf(signal.reason), signal.reason))
  }

  /** Itself, as it is kept with a token that enters. */
  get traceparent(): string {
    return traceparentOf(this.span.spanContext())
  }

  /** Ends it as its function has returned `result`, which in a batch may be an error. */
  returned(result: unknown): void {
    if (isError(result)) this.end('failed', result)
    else this.end('done')
  }

  /** Ends it, unless it has ended, with the error if there is one. */
  end(outcome: SpanOutcome, error?: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#stopListening()
    this.span.setAttribute('pipewright.outcome', outcome)
    if (error !== undefined) {
      // As it is kept in the history: without passwords, and what is no error as one.
      const { name, message, stack } = faultOf(error)
      this.span.recordException({ name, message, ...(stack !== undefined && { stack }) })
      this.span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message })
    }
    this.span.end()
  }
}

function outcomeOf(reason: unknown): SpanOutcome {
  const { name } = faultOf(reason)
  if (name === 'TimeoutError') return 'timeout'
  return name === 'LeaseLostError' ? 'lost' : 'released'
}
