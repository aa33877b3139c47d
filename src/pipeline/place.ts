import type { Lens } from '../queue/lens.ts'
import type { Runtime } from '../run/runtime.ts'

/** Where the artifact of a leaf works. */
export interface Place<In, Out> {
  readonly queue: string
  /** The names of the gates that it stands behind, beside its own. */
  readonly gates?: readonly string[] | undefined
  readonly lens: Lens<In, Out>
  readonly runtime: Runtime
}
