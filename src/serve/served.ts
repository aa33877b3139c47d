import type { Queues } from '../pipeline/make-queues.ts'
import type { Desk } from '../run/desk/desk.ts'
import type { Travel } from '../run/travel/travel.ts'

/** What a review API needs of the queues of its workflow. */
export type ServedQueues = Pick<
  Queues<any, any, any, any>,
  'input' | 'accepts' | 'send' | 'bulk' | 'runtime' | keyof Travel
>

/** The queues and desks behind the routes. */
export interface Served {
  readonly queues: ServedQueues
  readonly desks: ReadonlyMap<string, Desk>
}
