import type { Json } from '../schema/json.ts'

/**
 * The unit of work that travels. `id` never changes; `hop` numbers its stays, from 1; `frames` are the states
 * that wrapped composites have set aside, outermost first; a smaller `priority` is leased sooner (0 by default);
 * `parent` is the token that it was made beside: a hop passes it on, and changes nothing about it; `deploy` numbers the version of the workflow that wrote it.
 */
export interface Token {
  readonly id: string
  readonly hop: number
  readonly frames: readonly Json[]
  readonly priority: number
  readonly parent?: string | undefined
  readonly deploy: number
}
