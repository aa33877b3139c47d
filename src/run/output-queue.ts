import { browse, type ReadQueue } from '../queue/read-queue.ts'
import { planEntry } from '../queue/write-queue.ts'
import { Reader, type Reading } from './reader.ts'

/** The queue that a workflow's results are read from: here `pop` really takes a token out. */
export function outputQueue<T>(reading: Reading<T, any>): ReadQueue<T> {
  const { queue, lens, runtime } = reading
  const reader = new Reader(reading)
  return {
    ...browse(runtime.backend, queue, lens),
    read: (signal) => reader.read(signal),
    pop: async (id) => reader.commit(id, [reader.take(id).held.pop('popped')]),
    async move({ id }, output, value) {
      const { held } = reader.take(id)
      const entry = await planEntry(output.plan, { id, value, deploy: runtime.deploy }, {})
      await reader.commit(id, [held.pop('popped'), ...entry])
    },
    discard: (id, reason) => reader.discard(id, reason),
    fail: (id, error) => reader.settle(id, { kind: 'failed', error }),
    release: (id, delayMs) => reader.release(id, delayMs),
  }
}
