import type { Backend } from '../../queue/backend.ts'
import type { Work } from '../work/work.ts'

/** Where the work is done that is traced. */
export interface TracedPlace {
  readonly backend: Backend
  readonly workflow: string
}

/**
 * Spans of what runs in this process, for the tracer that its user has installed. No type of OpenTelemetry is named here: the
 * package need not be there.
 */
export interface Tracing {
  /** Whether a tracer is installed. */
  readonly isOn: () => boolean
  /** The span that is active, as it is kept with a token that enters; undefined if there is none. */
  readonly active: () => string | undefined
  /** `work`, with a span for each attempt, which is active while the function runs. */
  readonly traced: <In, Out>(work: Work<In, Out>, place: TracedPlace) => Work<In, Out>
}
