import { expect, it } from 'vitest'
import * as z from 'zod'
import { makeQueues, worker } from '../../src/index.ts'
import { concurrencyOf } from '../../src/pipeline/worker.ts'
import { openUsual } from '../on/open.ts'

it('works on as many at once as this process was told, and not as the worker says', async () => {
  let arrived = () => {}
  let working = 0
  const all = new Promise<void>((resolve) => (arrived = resolve))
  const slow = worker({
    input: z.string(),
    output: z.string(),
    concurrency: 1,
    process: async (text) => {
      if (++working === 3) arrived()
      await all
      return text
    },
  })
  const concurrency = new Map([['slow/main', 3]])
  const queues = await makeQueues(slow, await openUsual(), 'slow', { concurrency })
  const run = queues.artifacts()
  expect(concurrencyOf(run)).toBe(3)
  for (const id of ['a', 'b', 'c']) await queues.input.push(id, id)
  const stop = new AbortController()
  const running = run(stop.signal)
  await all
  expect(working).toBe(3)
  stop.abort()
  await running
})
