import { InvalidError } from '../../queue/errors.ts'
import { andThen } from '../../schema/schema.ts'
import type { Decision, Decisions } from './desk.ts'

/** Checks the fields of a decision by its schema; throws an `InvalidError` if there is no such decision or they do not fit. */
export async function checkDecision<D extends Decisions>(
  decisions: D,
  choice: Decision<D>,
  at: { queue: string; id: string },
): Promise<Decision<D>> {
  const { decision, ...fields } = choice as { decision: string }
  if (!Object.hasOwn(decisions, decision)) {
    const known = Object.keys(decisions)
      .map((name) => `"${name}"`)
      .join(', ')
    throw new InvalidError(`Queue "${at.queue}" knows no such decision; it knows ${known}.`, at)
  }
  return andThen(decisions[decision]!['~standard'].validate(fields), (result) => {
    if (result.issues)
      throw new InvalidError(`The decision "${decision}" on token "${at.id}" was refused`, {
        ...at,
        issues: result.issues,
      })
    return { ...result.value, decision } as unknown as Decision<D>
  })
}
