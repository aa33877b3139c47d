import { checkGates } from './check-gate.ts'
import type { Declaration, Role } from './declaration.ts'
import { InvalidError } from './errors.ts'

const halfOfPair = /\p{Cs}/u
const roles: readonly Role[] = ['stage', 'review', 'output', 'reply', 'standing']

/**
 * Throws an `InvalidError` if a name in `declaration` is no text: one with half a surrogate pair does not come back from a
 * database as it was, so that its queue could not be found by it. Throws it as well for an unknown role.
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
  const other = queues.find(({ role }) => !roles.includes(role))
  if (other === undefined) return
  const sentence = `The role of queue "${other.name}" is "${other.role}"; it is stage, review, output, reply or standing.`
  throw new InvalidError(sentence, { queue: other.name })
}
