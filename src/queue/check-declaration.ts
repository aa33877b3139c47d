import { checkGates } from './check-gate.ts'
import { type Declaration, remembered, roles } from './declaration.ts'
import { InvalidError } from './errors.ts'

const halfOfPair = /\p{Cs}/u

/**
 * Throws an `InvalidError` if a name in `declaration` is no text: one with half a surrogate pair does not come back from a
 * database as it was, so that its queue could not be found by it. Throws it as well for an unknown role, or for values that cannot be remembered so.
 */
export function checkDeclaration(declaration: Declaration): void {
  const { workflow, queues } = declaration
  checkGates(declaration)
  const names = [workflow, ...queues.flatMap(({ name, tags = [], was = [] }) => [name, ...tags, ...was])]
  const odd = names.find((name) => halfOfPair.test(name))
  if (odd !== undefined)
    throw new InvalidError(
      `${JSON.stringify(odd)} cannot be a name: it has half of a surrogate pair, which is no text.`,
    )
  for (const { name, role, values } of queues) {
    if (!roles.includes(role))
      throw new InvalidError(
        `The role of queue "${name}" is "${role}"; it is stage, review, output, reply or standing.`,
        { queue: name },
      )
    if (values !== undefined && !remembered.includes(values))
      throw new InvalidError(`The values of queue "${name}" are "${values}"; they are none, turns or all.`, {
        queue: name,
      })
  }
}
