import { isCount } from './check-count.ts'
import { aText, excerpt, textPattern } from './check-text.ts'
import { InvalidError } from './errors.ts'
import type { Wait } from './wait.ts'

const maxNames = 100
const maxCount = 1e9
/** How long the name of a letter may be. */
export const maxNameLength = 200
const namePattern = textPattern(maxNameLength)

/** Whether letters can have this name: 1 to 200 characters, none of them a control character. */
export function isLetterName(name: unknown): name is string {
  return typeof name === 'string' && namePattern.test(name)
}

/** Throws an `InvalidError` unless a message can wait for `wait`. */
export function checkWait(wait: Wait, { queue, id }: { readonly queue: string; readonly id: string }): void {
  const names = wait.for.map(({ name }) => name)
  const fault =
    names.length < 1 || names.length > maxNames
      ? `has ${names.length} names; it has 1 to ${maxNames}`
      : new Set(names).size < names.length
        ? 'has a name twice; each has one count'
        : faultIn(wait)
  if (fault === undefined) return
  throw new InvalidError(`The wait of token "${id}" in queue "${queue}" ${fault}.`, { queue, id })
}

function faultIn(wait: Wait): string | undefined {
  for (const { name, count = 1 } of wait.for) {
    if (!isLetterName(name)) return `is for ${excerpt(name)}; a name is ${aText(maxNameLength)}`
    if (!(isCount(count) && count >= 1 && count <= maxCount))
      return `is for ${count} letters ${JSON.stringify(name)}; that is a whole number from 1 to ${maxCount}`
  }
  return undefined
}
