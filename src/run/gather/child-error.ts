import type { Fault } from '../../queue/change.ts'

/** A child has failed for good, or was cancelled, so its parent cannot go on. */
export class ChildError extends Error {
  override readonly name = 'ChildError'
  readonly code = 'child_failed'
  /** To try again would not help: the child has ended. */
  readonly retry = false
  /** The id of the child. */
  readonly child: string

  constructor(parent: string, child: string, { name, message }: Fault) {
    super(`Child "${child}" of token "${parent}" has ended without a result: ${name}: ${message}`)
    this.child = child
  }
}
