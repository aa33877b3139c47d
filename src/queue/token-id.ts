import { excerpt, textPattern } from './check-text.ts'
import { InvalidError } from './errors.ts'

/** What every id of a token is: 1 to 255 characters, none of them a control character. */
export const idPattern = textPattern(255)

/**
 * Why no token may enter as `id`, as the rest of a sentence; undefined if one may. The one rule for all doors. Ids stand
 * in the paths of URLs, where `.` and `..` are taken for something else, and in the paths of files.
 */
export function idFault(id: unknown): string | undefined {
  if (typeof id !== 'string' || !idPattern.test(id))
    return 'an id is 1 to 255 characters long and has no control characters'
  const isPath = id.split(/[/\\]/).some((part) => part === '.' || part === '..')
  return isPath ? 'no part of an id is "." or "..": leave them out' : undefined
}

/** Throws an `InvalidError` if no token may enter as `id`. */
export function checkId(id: string): void {
  const fault = idFault(id)
  if (fault === undefined) return
  throw new InvalidError(`Token ${excerpt(id)} cannot enter: ${fault}.`, { id })
}
