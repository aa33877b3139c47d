import type { CheckedDone, Finished } from '../run/output/done.ts'
import type { Runtime } from '../run/runtime.ts'
import { awayOr } from '../run/settle/away-error.ts'
import { lostReason } from '../run/work/perform.ts'
import type { AttemptContext } from '../run/work/work-context.ts'
import { layOut } from './lay-out.ts'
import { outputLens } from './output-lens.ts'
import type { Pipeline } from './pipeline.ts'
import { type Runnable, runnableOf } from './worker.ts'

/** Which output is worked on, and how. */
export interface OutputWork {
  readonly done: CheckedDone
  /** What the functions of the stages are given. */
  readonly given: object | undefined
  readonly runtime: Runtime
}

/** The loop that calls `done` with each token that `pipeline` has finished, and takes it off the output then. */
export function outputWorker(pipeline: Pipeline, { done, given = {}, runtime }: OutputWork): Runnable {
  const { use, ...options } = done
  const { output: queue } = layOut(pipeline, runtime.workflow)
  const one = async (value: unknown, context: AttemptContext) => {
    await use(await finished(value, context), given)
  }
  const process = { size: 1, one } as const
  const lens = outputLens(pipeline, queue)
  return runnableOf({ queue, lens, process, given: {}, event: 'popped', ...options }, runtime)

  async function finished(value: unknown, context: AttemptContext): Promise<Finished> {
    const { id, hop, key, attempt } = context
    const row = await runtime.backend.get(queue, id).catch((error: unknown) => {
      throw awayOr(error)
    })
    if (row?.hop !== hop) throw lostReason(queue, id)
    return {
      ...{ id, value, key, attempt, finishedAt: row.enteredAt },
      get signal() {
        return context.signal
      },
      get log() {
        return context.log
      },
    }
  }
}
