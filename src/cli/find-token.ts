import type { Backend } from '../queue/backend.ts'
import { ConflictError, NotFoundError } from '../queue/errors.ts'
import type { Journey, JourneyPart } from '../queue/journey.ts'
import { workflowsOf } from './workflows-of.ts'

/**
 * The journey of token `id` in `workflow`, or in the only workflow that knows it, as much as `part` says of it. Rejects with `NotFoundError` if none
 * does, and with `ConflictError` if several do.
 */
export async function findToken(
  backend: Backend,
  id: string,
  { workflow, ...part }: JourneyPart & { readonly workflow?: string | undefined } = {},
): Promise<Journey> {
  const names = workflow === undefined ? await workflowsOf(backend) : [workflow]
  const found = await Promise.all(names.map((name) => backend.journey(name, id, part)))
  const known = found.filter((journey) => journey !== undefined)
  if (known.length === 1) return known[0]!
  if (known.length === 0) {
    const where = names.map((name) => `"${name}"`).join(' or ')
    throw new NotFoundError(`There is no token "${id}"${where && ` in workflow ${where}`}.`, { id })
  }
  const several = known.map(({ workflow }) => workflow).join(', ')
  throw new ConflictError(`Several workflows know token "${id}": ${several}; say which with --workflow.`, {
    id,
  })
}
