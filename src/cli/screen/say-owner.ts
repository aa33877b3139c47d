import { holderOf } from '../../queue/person.ts'

/** The `owner` of a lease for people: the host and process of a worker, the name of a person. */
export function sayOwner(owner: string): string {
  return holderOf(owner).replace(/:[0-9a-f]{8}$/, '')
}
