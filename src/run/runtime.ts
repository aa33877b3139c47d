import type { Backend } from '../queue/backend.ts'
import type { Fence } from '../queue/change.ts'
import type { Clock } from '../queue/clock.ts'
import type { Keeper } from './lease/keeper.ts'
import type { Log } from './log.ts'
import type { Solo } from './suspects/solo.ts'
import type { Tracing } from './trace/tracing.ts'
import type { Upkeep } from './upkeep.ts'

/**
 * Where suspects (messages whose process was lost) are worked on: in each process beside other work, though never at the
 * same time (`here`); in another process (`elsewhere`); in this one, which works on nothing else (`only`).
 */
export type SuspectsPlace = 'here' | 'elsewhere' | 'only'

/** What everything that runs in one process for one workflow shares. */
export interface Runtime {
  readonly backend: Backend
  readonly workflow: string
  /** The owner of its leases: a name that no other process has. */
  readonly owner: string
  /** The number of this version of the workflow. */
  readonly deploy: number
  readonly clock: Clock
  readonly log: Log
  readonly keeper: Keeper
  readonly solo: Solo
  /** What is done beside the work while anything works or is served here. */
  readonly upkeep: Upkeep
  /** Where the suspects of `worker` stages are worked on; by default in this process too. */
  readonly suspects?: SuspectsPlace | undefined
  /** How many messages are worked on at once, by queue, where that is another number than the worker's own. */
  readonly concurrency?: ReadonlyMap<string, number> | undefined
  /** Spans of the work, where `@opentelemetry/api` is installed. */
  readonly tracing?: Tracing | undefined
  /** The part of the longest wait, from 0 to 1, after which a failed attempt is tried again; random by default. */
  readonly jitter?: ((fence: Fence) => number) | undefined
}
