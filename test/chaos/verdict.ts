import * as z from 'zod'
import { makeQueues, oneOf, openBackend, review, state, workflow, wrapped } from '../../src/index.ts'
import { serveReviews } from '../../src/serve/index.ts'

export const Case = state('Case', z.object({ what: z.string() }))
const Approved = state('Approved', z.object({ what: z.string() }))
const Rejected = state('Rejected', z.object({ what: z.string() }))

const judge = review({ input: z.string(), decisions: { approve: z.object({}), reject: z.object({}) } })

const verdicts = workflow({
  input: Case,
  output: oneOf(Approved, Rejected),
  stages: {
    judge: wrapped(judge, {
      input: Case,
      output: oneOf(Approved, Rejected),
      pre: ({ what }) => what,
      post: ({ what }, { decision }) => (decision === 'approve' ? Approved({ what }) : Rejected({ what })),
    }),
  },
})

/** A review API on the database that `database` names, with a connection of its own. */
export async function serveVerdicts(database: string) {
  const backend = await openBackend(database)
  const queues = await makeQueues(verdicts, backend, 'verdicts')
  const server = await serveReviews({ queues, artifacts: queues.artifacts() })
  return {
    queues,
    backend,
    url: server.url,
    async close() {
      await server.close()
      await backend.close()
    },
  }
}
