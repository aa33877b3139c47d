import type { Change } from '../../queue/change.ts'
import { longestDelayMs } from '../../queue/delay.ts'
import type { Lens } from '../../queue/lens.ts'
import type { Token } from '../../queue/token.ts'
import { anything } from '../../schema/anything.ts'
import { makeKeeper } from '../lease/keeper.ts'
import { newOwner } from '../lease/own-owner.ts'
import type { Runtime } from '../runtime.ts'
import { makeSolo } from '../suspects/make-solo.ts'
import { Upkeep } from '../upkeep.ts'
import { runWork } from '../work/run-work.ts'
import { checkOptions, type Process } from '../work/work.ts'
import { type BulkPlace, bulkQueuesOf } from './bulk-place.ts'
import { RunLoop } from './run-loop.ts'
import { type RunState, stateJson, stateOf } from './run-state.ts'
import { sayRun } from './say-run.ts'

const options = checkOptions({
  concurrency: 4,
  leaseMs: 5000,
  timeoutMs: longestDelayMs,
  graceMs: 5000,
  retry: { attempts: Number.MAX_SAFE_INTEGER, minMs: 1000, maxMs: 30_000 },
})

/** Works on the runs at `place`, four at a time, until `signal` aborts. Their queues must be there. */
export function workBulk(place: BulkPlace, signal: AbortSignal): Promise<void> {
  const { backend, workflow, clock, log } = place
  const owner = newOwner()
  const { runs, done } = bulkQueuesOf(workflow)
  const runtime: Runtime = {
    ...{ backend, workflow, owner, deploy: 1, clock, log },
    keeper: makeKeeper({ backend, owner, clock, log }),
    // What people ask for is not what suspects must not run beside.
    solo: makeSolo(clock),
    upkeep: new Upkeep([]),
  }
  const process: Process<unknown, any> = {
    size: 1,
    resting: (attempt) => new RunLoop(place, attempt, signal).work(),
  }
  return runWork({ queue: runs, lens: lensOf(done), process, given: {}, ...options }, runtime, signal)
}

/** A run that has ended goes where those are kept, with the line of the audit. */
function lensOf(done: string): Lens<unknown, RunState> {
  return {
    schema: anything,
    open: (stored) => stored,
    answer: (token: Token, _: unknown, state: RunState): readonly Change[] => [
      { kind: 'push', queue: done, token, value: stateJson(stateOf(state)) },
      auditOf(done, token.id, state),
    ],
  }
}

/** The line that says who has done what to how many, and why. */
function auditOf(queue: string, id: string, state: RunState): Change {
  return { kind: 'line', event: 'noted', queue, id, actor: state.by, reason: sayRun(state), by: id }
}
