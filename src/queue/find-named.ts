import { didYouMean } from '../schema/did-you-mean.ts'
import { NotFoundError } from './errors.ts'

/** Of `known` the one called `name`, or else all whose names end so, as `letters/stamp` does with `stamp`. */
export function namesLike(name: string, known: readonly string[]): readonly string[] {
  return known.includes(name) ? [name] : known.filter((each) => each.endsWith(`/${name}`))
}

/** What is looked for, in words. */
interface Kind {
  /** One of them, such as `queue`. */
  readonly one: string
  /** All of them, such as `queues`. */
  readonly all: string
  /** What may have been meant, if not just the names. */
  readonly hints?: readonly string[] | undefined
}

/** The one of `known` that `name` means: it is called so, or is the only one whose name ends so. Throws a `NotFoundError`. */
export function findNamed(name: string, known: readonly string[], { one, all, hints = known }: Kind): string {
  const alike = namesLike(name, known)
  if (alike.length === 1) return alike[0]!
  throw new NotFoundError(
    alike.length > 1
      ? `More than one ${one} is called "${name}": ${alike.join(', ')}; give the whole name.`
      : `There is no ${one} "${name}"; the ${all} are: ${known.join(', ') || 'none yet'}.${didYouMean(name, hints)}`,
  )
}
