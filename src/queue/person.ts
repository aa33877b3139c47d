import { textPattern } from './check-text.ts'
import { InvalidError } from './errors.ts'

/** Who has decided about which token, as the `post` of a review gets it. */
export interface Decided {
  /** The token's id. */
  readonly id: string
  /** The name that the person gave. Only a proxy in front of the server can prove it. */
  readonly by: string
}

const personPattern = textPattern(100)

/** Whether `by` can name the person who does something: 1 to 100 characters, none of them a control character. */
export function isPerson(by: unknown): by is string {
  return typeof by === 'string' && personPattern.test(by)
}

/** Throws an `InvalidError` unless `by` can name a person; `asking` begins the sentence: `Queue "look"`. */
export function checkPerson(by: string, asking: string, at: { queue?: string; id?: string } = {}): void {
  if (isPerson(by)) return
  throw new InvalidError(`${asking} needs to know who you are: "by" is 1 to 100 characters.`, at)
}

/** The owner under which a person leases: a claim is a lease like any other. */
export function ownerOf(person: string): string {
  return `person:${person}`
}

/** The person who owns a lease, or else the worker. */
export function holderOf(owner: string): string {
  return owner.replace(/^person:/, '')
}
