import type { WorkOptions } from 'pipewright'

/** What an app may set. */
export interface Tuning {
  /** Options of all workers, over their own. */
  readonly work?: Pick<WorkOptions, 'leaseMs' | 'crashes' | 'retry'>
  /** Milliseconds after which an invoice that was not approved goes to the second desk: three days, unless told. */
  readonly approveWithinMs?: number
}
