import type { Lens } from '../queue/lens.ts'
import type { Runtime } from '../run/runtime.ts'

/** Where the artifact of a leaf works. */
export interface Place<In, Out> {
  readonly queue: string
  readonly lens: Lens<In, Out>
  readonly runtime: Runtime
}
