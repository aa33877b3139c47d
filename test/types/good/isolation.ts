import { type CtxOf, isolated, makeQueues, type OutOf, sequential, worker } from 'pipewright'
import { memory } from 'pipewright/memory'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

// An isolated function is typed by its module, and asks for nothing but what every worker gets
const double = worker({
  input: z.number(),
  output: z.number(),
  process: isolated<typeof import('./double.task.ts')>(new URL('./double.task.ts', import.meta.url), {
    in: 'process',
    config: { by: 2 },
  }),
})
sure<Equal<OutOf<typeof double>, number>>()
sure<Equal<keyof CtxOf<typeof double>, never>>()
const queues = await makeQueues(sequential(double, double), memory(), 'doubling')
queues.artifacts()
