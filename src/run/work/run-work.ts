import { onAbort } from '../on-abort.ts'
import type { Runtime } from '../runtime.ts'
import type { Work } from './work.ts'
import { WorkerLoop } from './worker-loop.ts'

/** Does `work` until `signal` aborts; resolves when nothing of it runs any more. */
export async function runWork<In, Out>(
  work: Work<In, Out>,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const loop = new WorkerLoop(work, runtime)
  const stopListening = onAbort(signal, () => loop.stop())
  await loop.ended
  stopListening()
}
