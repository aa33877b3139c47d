import { z } from 'zod'
import { answerTo, checked } from './backend-answers.ts'
import { json } from './body-parts.ts'
import { errorAnswer } from './error-answer.ts'
import { refuseDeep } from './refuse-deep.ts'
import type { Asked } from './rights/limited.ts'

/** The routes of which a batch may have requests: what workers ask all the time. What may take long would keep the others waiting. */
const inBatches = ['lease', 'commit', 'extend', 'pass', 'get', 'recall', 'records'] as const

/** How many requests a batch may have. */
const mostRequests = 10_000

const batchBody = z.object({
  requests: z.array(z.object({ to: z.enum(inBatches), body: json })).max(mostRequests),
})

/** Who asks, and where what fails is told. */
interface Asking {
  readonly asked: Asked
  /** Called with each error that is not the client's fault. */
  readonly failed: (error: unknown) => void
}

/**
 * The answers to the requests of a batch, in their order, as lines of JSON: the status and the body that each would have been
 * answered with by itself. All are asked in one turn of the event loop, so that a backend can do them together; one that is
 * refused does not concern the others. Rejects with `InvalidError` if the body is no batch.
 */
export async function answerBatch(body: unknown, { asked, failed }: Asking): Promise<Buffer> {
  const { requests } = checked(batchBody, body)
  const lines = requests.map(async ({ to, body }) => {
    try {
      // Each for itself: the level at which it stands in a batch is not its own.
      refuseDeep({ body })
      return lineOf(200, await answerTo(asked, to, body))
    } catch (error) {
      const answer = errorAnswer(error)
      if (answer.status >= 500) failed(error)
      return lineOf(answer.status, answer.body)
    }
  })
  return Buffer.concat(await Promise.all(lines))
}

function lineOf(status: number, body: object): Buffer {
  return Buffer.from(`{"status":${status},"body":${JSON.stringify(body)}}\n`)
}
