import type { Json } from '../schema/json.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { Schema } from '../schema/schema.ts'
import type { Backend } from './backend.ts'
import { excerpt } from './check-text.ts'
import { InvalidError, NotFoundError } from './errors.ts'
import { checkPerson } from './person.ts'

/** How a letter is sent. */
export interface SendOptions {
  /** Of the letters with this name and key (1 to 500 characters) the token gets one, also if they are sent more than once. */
  readonly once?: string | undefined
  /** Who sends it. */
  readonly by?: string | undefined
  /** The stay of the token that it is for: it is refused if that has ended (`ConflictError`), and gone when it ends. */
  readonly hop?: number | undefined
}

/** The letters that the stages of a workflow take, by name: what a value of each may be. */
export type LetterSchemas = ReadonlyMap<string, readonly Schema[]>

/** Whose tokens letters go to, and which these take. */
export interface Door {
  readonly workflow: string
  readonly letters: LetterSchemas
}

/** What is sent to which token. */
export interface Sending {
  readonly id: string
  readonly name: string
  readonly value: Json
}

const optionKeys = keysOf<SendOptions>({ once: true, by: true, hop: true })

/**
 * Sends a letter to a token, which keeps it until it is read, whatever it does now. Rejects with `NotFoundError` if no stage
 * takes letters of this name or there is no such token, with `InvalidError` if the value does not fit, and with
 * `ConflictError` if the token has left.
 */
export async function send(
  backend: Backend,
  { workflow, letters }: Door,
  { id, name, value }: Sending,
  options: SendOptions = {},
): Promise<void> {
  refuseUnread(`The letter "${name}" to token "${id}" is given`, options, optionKeys)
  const { once, by, hop } = options
  if (by !== undefined) checkPerson(by, `The letter "${name}" to token "${id}"`, { id })
  const schemas = letters.get(name)
  if (!schemas) throw noSuchLetter(workflow, name, [...letters.keys()])
  const accepted = await acceptedBy(schemas, { id, name, value })
  await backend.commit([{ kind: 'mail', workflow, id, name, key: once, hop, value: accepted, from: by }])
}

// Stages may take letters of one name that differ: one of them has to take this.
async function acceptedBy(schemas: readonly Schema[], { id, name, value }: Sending): Promise<Json> {
  const refusals = []
  for (const schema of schemas) {
    const result = await schema['~standard'].validate(value)
    if (!result.issues) return result.value as Json
    refusals.push(result.issues)
  }
  const [issues] = refusals
  throw new InvalidError(`The letter "${name}" to token "${id}" was refused`, { id, issues: issues! })
}

function noSuchLetter(workflow: string, name: string, names: readonly string[]): NotFoundError {
  const known = names.length === 0 ? 'they take none' : `they take ${names.join(', ')}`
  return new NotFoundError(
    `No stage of workflow "${workflow}" takes letters called ${excerpt(name)}; ${known}.`,
  )
}
