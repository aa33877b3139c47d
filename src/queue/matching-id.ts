import { andThen, type MaybePromise, type Schema } from '../schema/schema.ts'
import { InvalidError } from './errors.ts'
import type { Plan } from './plan.ts'

/** `plan`, refusing with an `InvalidError` a token whose id is not the one that `idOf` reads in its value. */
export function matchingId<T>(plan: Plan<T>, schema: Schema<T>, idOf: (value: T) => string): Plan<T> {
  const check = idCheck(schema, idOf)
  // The plan has refused what does not fit.
  return (token, value) =>
    andThen(plan(token, value), (changes) => andThen(check(token.id, value), () => changes))
}

/** Refuses with an `InvalidError` what fits `schema`, and is not under the id that `idOf` reads in it as the schema returns it. */
export function idCheck<T>(
  schema: Schema<T>,
  idOf: (value: T) => string,
): (id: string, value: unknown) => MaybePromise<void> {
  return (id, value) =>
    andThen(schema['~standard'].validate(value), (result) => {
      const wanted = result.issues ? id : idOf(result.value)
      if (wanted === id) return
      const sentence = `Token "${id}" cannot enter: by what it holds its id is ${JSON.stringify(wanted)}.`
      throw new InvalidError(sentence, { id })
    })
}
