import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Backend, makeQueues, review } from '../../../src/index.ts'
import { serveReviews } from '../../../src/serve/index.ts'

const anything = review({
  input: z.any(),
  decisions: { keep: z.looseObject({}), drop: z.object({ why: z.string().optional() }) },
})

/** A running review API with one desk, to which values of any shape may come. */
export async function serveAnything(_options: object, backend: Backend) {
  const queues = await makeQueues(anything, backend, 'anything')
  const server = await serveReviews({ queues, artifacts: queues.artifacts() })
  onTestFinished(async () => {
    await server.close()
    await backend.close()
  })
  return { server }
}
