import { isPageLimit } from './check-count.ts'
import { InvalidError } from './errors.ts'
import type { FamilyPage } from './family.ts'

/** Throws an `InvalidError` unless `page` is a page of the dead children of the token `id`. */
export function checkFamilyPage(id: string, { after, limit = 1 }: FamilyPage): void {
  if (after !== undefined && !/^\d{1,15}$/.test(after))
    throw new InvalidError(`"${after}" is not a cursor that the family of token "${id}" gave.`, { id })
  if (isPageLimit(limit)) return
  throw new InvalidError(
    `A page of the dead children of token "${id}" has 1 to 1,000 of them, not ${limit}.`,
    { id },
  )
}
