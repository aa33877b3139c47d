/*
 * A simulation is a run of a workflow in which a seed decides everything that the machine would: time, the order of things,
 * and which process dies when.
 *
 * Several processes run, each with an owner, workers and desks of its own. Every request that changes anything (a lease, a
 * renewal, a commit) waits at the gate of its process. When all is quiet, that is, when every handler
 * has ended or waits for time to pass, the seed decides what happens next: some of the waiting requests are answered,
 * a person looks at a task, or time moves to the next timer, now and then so far that leases run out during the
 * work. Each answer is a step. At a step the process can be made to die: before the backend has done it, or after,
 * before the process gets the answer. A dead process receives and does nothing more; another one starts after a moment, and
 * leases the dead one's messages when their leases have run out.
 *
 * A ledger is kept of what the backend says it did. After each step the backend is asked where every token is, and both
 * have to agree: none is lost, none is in two queues, no late result was recorded. A run is over when every token is in
 * the output, left on a desk, or dead; then the history must have one result for each entry.
 *
 * With `crashes: 'every'` a first run has no crashes; then there is a run for each of its commits and leases and for
 * either side of it. (A lease that brings nothing and a commit of mere progress are no points to die at.) Up to the
 * crash each repeats the first one, and that it does is checked.
 */
import { layOut } from '../pipeline/lay-out.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { sayThrown } from '../queue/thrown.mjs'
import { refuseUnread } from '../schema/refuse-unread.ts'
import { type Crashes, type CrashPlan, planCrash, planCrashes } from './crash-plan.ts'
import { Finding } from './finding.ts'
import { type Contextual, optionKeys, type SimulateOptions, type Simulation } from './options.ts'
import { type Report, type Run, reportOf } from './report.ts'
import type { Point } from './run-options.ts'
import { SimulatedRun } from './simulated-run.ts'
import { SimulationError } from './simulation-error.ts'

/**
 * Runs `pipeline` in memory, with processes that die, and asserts that no token is lost or doubled, that each result is
 * recorded once, and that every token ends. Rejects with a `SimulationError` that says in a sentence what was found,
 * and with which seed and crash it is found again; the same seed leads to the same steps.
 */
export async function simulate<In, Out, Artifact, Ctx>(
  pipeline: Pipeline<In, Out, Artifact, Ctx>,
  options: SimulateOptions<In, Ctx>,
): Promise<Report> {
  refuseUnread('simulate() is given', options, optionKeys)
  const { seed = Date.now() % 2 ** 31, crashes = 'every' } = options as Simulation<In, Ctx>
  const runs: Run[] = []
  const first = await play(crashes === 'every' ? 0 : crashes)
  if (crashes === 'every') {
    for (const point of first) {
      await play({ before: point.step }, point)
      await play({ after: point.step }, point)
    }
  }
  return reportOf(seed, runs)

  function planOf(crashes: Run['crashes']): CrashPlan {
    if (typeof crashes !== 'number') return planCrash(crashes)
    // A lease and a commit for each token in each stage.
    const stages = layOut(pipeline, 'any').specs.filter(({ role }) => role === 'stage')
    const points = 2 * stages.length * options.inputs.length
    return planCrashes(seed, { times: crashes, points })
  }

  async function play(crashes: Run['crashes'], expected?: Point): Promise<readonly Point[]> {
    const { context } = options as { readonly context?: Contextual<In, Ctx> }
    const run = new SimulatedRun({
      ...(options as Simulation<In, any>),
      ...{ pipeline, context, seed, expected, plan: planOf(crashes) },
    })
    try {
      await run.play()
    } catch (error) {
      throw found(error, { seed, crashes, trace: run.trace.lines })
    }
    const { commits, died, elapsedMs, ended: tokens, trace } = run
    runs.push({ crashes, died, commits, elapsedMs, tokens, trace: trace.lines })
    return run.points
  }
}

function found(
  error: unknown,
  where: { readonly seed: number; readonly crashes: Crashes; readonly trace: readonly string[] },
): SimulationError {
  const said = sayThrown(error)
  return new SimulationError(said, { ...where, ...(error instanceof Finding ? {} : { cause: error }) })
}
