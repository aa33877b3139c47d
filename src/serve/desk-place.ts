import type { Backend } from '../queue/backend.ts'
import type { Clock } from '../queue/clock.ts'
import type { Desk } from '../run/desk/desk.ts'

/** Where a desk is, for its routes. */
export interface Place {
  readonly backend: Backend
  readonly clock: Clock
  readonly workflow: string
  /** Its queue's name within the workflow. */
  readonly name: string
  /** A word for it, for the names in the document. */
  readonly title: string
  readonly desk: Desk
}
