import type { WorkOptions } from '../../../../src/index.ts'

/** What a process of the cluster is told. */
export interface ClusterSetup {
  readonly url: string
  /** The folder of the journals. */
  readonly journals: string
  /** The file to which it logs. */
  readonly log: string
  /** No other process of the test has this name. */
  readonly name: string
  readonly workMs: number
  readonly options: WorkOptions & { readonly leaseMs: number }
  readonly seed: number
  /** Whether tokens hold a place until they are billed; without that a hop on Postgres may be a plain one. */
  readonly holdsRoom: boolean
}
