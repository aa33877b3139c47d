import type { Receipt } from '../../queue/backend.ts'
import type { Change, Put } from '../../queue/change.ts'
import { type BulkPlace, bulkQueuesOf, keptMs } from './bulk-place.ts'
import { type Handled, handledIn } from './handled.ts'
import type { RunState } from './run-state.ts'
import { takeRests } from './take-rests.ts'

/*
 * Each batch has a record that says that it has happened, and keeps its receipt. There is one of a run at a time, numbered: so two who
 * would both make the next one, as a batch and a stop do, are never both done.
 */

/** The changes that say that the batch number `batch` of a run has happened. */
export function batchHappens(place: BulkPlace, run: string, batch: number): readonly Change[] {
  const { workflow } = bulkQueuesOf(place.workflow)
  const put = batchPut(workflow, run, batch)
  return batch > 1 ? [put, { kind: 'drop', workflow, key: keyOf(run, batch - 1) }] : [put]
}

/**
 * Adds to the counts what the last batch has passed over, and finishes what did not fit in its commit, if the process that
 * has committed it did not live to.
 */
export async function settleLast(place: BulkPlace, run: string, state: RunState): Promise<RunState> {
  if (!state.last) return state
  const { backend } = place
  const { workflow } = bulkQueuesOf(place.workflow)
  const receipt = await backend.commit([batchPut(workflow, run, state.batches)])
  return settleBatch(place, run, {
    state,
    receipt,
    handled: await handledIn(backend, { workflow, run }, state.batches),
  })
}

/** The same for a batch whose receipt is there. */
export async function settleBatch(
  place: BulkPlace,
  run: string,
  { state, receipt, handled }: Committed,
): Promise<RunState> {
  const passed = passedIn(state, receipt.skipped)
  if (state.does.action === 'cancel') {
    const cancelled = handled.filter((_, n) => !passed.has(n))
    await takeRests(place, run, state, cancelled)
  }
  const { done, passedOver } = state.counts
  return {
    ...state,
    last: null,
    counts: { ...state.counts, done: done - passed.size, passedOver: passedOver + passed.size },
  }
}

interface Committed {
  readonly state: RunState
  readonly receipt: Receipt
  readonly handled: readonly Handled[]
}

/** Which messages of the last batch were passed over. */
function passedIn({ last }: RunState, skipped: readonly number[]): ReadonlySet<number> {
  if (!last) return new Set()
  return new Set(skipped.flatMap((i) => (i < last.first ? [] : Math.floor((i - last.first) / last.per))))
}

function batchPut(workflow: string, run: string, batch: number): Put {
  return { kind: 'put', workflow, key: keyOf(run, batch), repeat: true, forMs: keptMs }
}

function keyOf(run: string, batch: number): string {
  return `batch/${run}/${batch}`
}
