import type { Backend } from '../../queue/backend.ts'
import { InvalidError } from '../../queue/errors.ts'
import { checkPerson } from '../../queue/person.ts'
import { isUnknown } from '../../queue/refusals.ts'

/** What is said about which token, and by whom. */
export interface Commenting {
  readonly workflow: string
  readonly id: string
  readonly by: string
  /** 1 to 4,000 characters. */
  readonly text: string
}

// Half a surrogate pair and NUL are no text in every database.
const textPattern = /^[^\p{Cs}\0]{1,4000}$/u

/**
 * Writes what a person says about a token into its history, wherever the token is. Rejects with `NotFoundError` if the workflow
 * never knew it, and with `InvalidError` without a person or a text.
 */
export async function comment(backend: Backend, { workflow, id, by, text }: Commenting): Promise<void> {
  checkPerson(by, `A comment on token "${id}"`, { id })
  if (typeof text !== 'string' || !textPattern.test(text) || !/\S/.test(text))
    throw new InvalidError(`A comment on token "${id}" is a text of 1 to 4,000 characters.`, { id })
  const journey = await backend.journey(workflow, id, { limit: 1 })
  const queue = journey?.queue ?? journey?.lines.at(-1)?.queue
  if (queue === undefined) throw isUnknown({ workflow, id })
  await backend.commit([{ kind: 'line', event: 'commented', queue, id, actor: by, reason: text }])
}
