import type { Filter } from '../../../queue/filter.ts'
import type { Moment } from '../../../queue/lapse.ts'
import type { Position } from '../../../queue/position.ts'

/** What is looked for in a queue. */
export interface Wanted {
  readonly only: Filter
  readonly order: 'oldest' | 'newest'
  readonly by: string | undefined
  readonly start: Position | undefined
  readonly moment: Moment
  /** How many are enough. */
  readonly count: number
  /** How many rows may be looked at. */
  readonly budget: number
  /** Is told the tag of each row that is found, as far as it has one. */
  readonly seeTag?: ((tag: unknown) => void) | undefined
}
