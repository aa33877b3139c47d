import type * as Api from '@opentelemetry/api'
import type { Backend } from '../../queue/backend.ts'
import type { Work } from '../work/work.ts'
import { LastSpans } from './last-spans.ts'
import { TracedWork } from './traced-work.ts'
import { traceparentOf } from './traceparent.ts'
import type { TracedPlace, Tracing } from './tracing.ts'

const name = 'pipewright'

/** Tracing by `api`. */
export function makeTracing(api: typeof Api): Tracing {
  const spans = new WeakMap<Backend, LastSpans>()
  return {
    isOn() {
      const provider = api.trace.getTracerProvider()
      // Until a provider is set there is one that passes on to none.
      return !('getDelegateTracer' in provider) || hasDelegate(provider)
    },
    active() {
      const span = api.trace.getSpanContext(api.context.active())
      return span && api.isSpanContextValid(span) ? traceparentOf(span) : undefined
    },
    traced<In, Out>(work: Work<In, Out>, place: TracedPlace) {
      const last = spans.get(place.backend) ?? new LastSpans()
      spans.set(place.backend, last)
      const traced = new TracedWork({ api, tracer: api.trace.getTracer(name), last, work, place })
      return { ...work, process: traced.process }
    },
  }
}

function hasDelegate(provider: Api.TracerProvider): boolean {
  return (provider as Api.ProxyTracerProvider).getDelegateTracer(name) !== undefined
}
