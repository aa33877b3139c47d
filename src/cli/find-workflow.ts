import type { Backend } from '../queue/backend.ts'
import { InvalidError, NotFoundError } from '../queue/errors.ts'
import { didYouMean } from '../schema/did-you-mean.ts'
import { workflowsOf } from './workflows-of.ts'

/** The workflow called `name`, or the only one that there is. */
export async function findWorkflow(backend: Backend, name: string | undefined): Promise<string> {
  const known = await workflowsOf(backend)
  if (name !== undefined) {
    if (known.includes(name)) return name
    throw new NotFoundError(
      `There is no workflow "${name}"; there are: ${known.join(', ') || 'none yet'}.${didYouMean(name, known)}`,
    )
  }
  if (known.length === 1) return known[0]!
  throw new InvalidError(
    known.length === 0
      ? 'There are no queues yet.'
      : `The database has several workflows: ${known.join(', ')}; name a queue, or one of them with --workflow.`,
  )
}
