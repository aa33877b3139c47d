import type { Backend } from '../queue/backend.ts'
import type { Fence } from '../queue/change.ts'
import type { Clock } from '../queue/clock.ts'
import type { Keeper } from './keeper.ts'
import type { Log } from './log.ts'
import type { Solo } from './solo.ts'

/** What everything that runs in one process for one workflow shares. */
export interface Runtime {
  readonly backend: Backend
  readonly workflow: string
  /** In whose name leases are taken: this process, told apart from every other. */
  readonly owner: string
  /** The number of this version of the workflow. */
  readonly deploy: number
  readonly clock: Clock
  readonly log: Log
  readonly keeper: Keeper
  readonly solo: Solo
  /** Which part of the longest wait, from 0 to 1, a failed attempt waits for the next one; chance unless told. */
  readonly jitter?: ((fence: Fence) => number) | undefined
}
