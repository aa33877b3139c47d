import type { Declaration } from '../../queue/declaration.ts'
import type { Log } from '../log.ts'
import type { TravelPlace } from '../travel/stage-place.ts'

/** Where bulk actions are done. */
export interface BulkPlace extends TravelPlace {
  readonly log: Log
}

/** Milliseconds for which it is remembered what a run has done. */
export const keptMs = 30 * 24 * 3_600_000

/** The queues of the runs of a workflow. */
export interface BulkQueues {
  /** Their own workflow. No workflow of an app can be called so. */
  readonly workflow: string
  readonly runs: string
  readonly stopped: string
  readonly done: string
}

/** The queues in which the runs of `workflow` stand. */
export function bulkQueuesOf(workflow: string): BulkQueues {
  const own = `${workflow}.bulk`
  return { workflow: own, runs: `${own}/runs`, stopped: `${own}/stopped`, done: `${own}/done` }
}

/** Whether the workflow `name` is that of the runs of another. */
export function isBeside(name: string): boolean {
  return name.endsWith('.bulk')
}

/** What makes them. */
export function bulkDeclaration({ workflow, runs, stopped, done }: BulkQueues): Declaration {
  return {
    workflow,
    fingerprint: 'bulk',
    queues: [
      { name: runs, role: 'standing', values: 'none' },
      { name: stopped, role: 'review', values: 'none' },
      { name: done, role: 'output', values: 'none' },
    ],
  }
}
