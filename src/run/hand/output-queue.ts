import { browse, type ReadQueue } from '../../queue/read-queue.ts'
import { planEntry } from '../../queue/write-queue.ts'
import { Reader, type Reading } from './reader.ts'

/** The queue that a workflow's results are read from: here `pop` really takes a token out. */
export function outputQueue<T>(reading: Reading<T, any>): ReadQueue<T> {
  const { queue, lens, runtime } = reading
  const reader = new Reader(reading)
  return {
    ...browse(runtime.backend, queue, lens),
    read: (signal) => reader.read(signal),
    async pop(which) {
      const inHand = reader.hand.take(which)
      await reader.commit(inHand, [inHand.held.pop('popped')])
    },
    async move(which, output, value) {
      const inHand = reader.hand.take(which)
      const { held } = inHand
      const { id } = held.row
      const entry = await planEntry(output.plan, { id, value, deploy: runtime.deploy }, {})
      await reader.commit(inHand, [held.pop('popped'), ...entry])
    },
    discard: (which, reason) => reader.discard(which, reason),
    fail: (which, error) => reader.fail(which, error),
    release: (which, delayMs) => reader.release(which, delayMs),
  }
}
