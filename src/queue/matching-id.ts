import { andThen, type Schema } from '../schema/schema.ts'
import { InvalidError } from './errors.ts'
import type { Plan } from './plan.ts'

/** `plan`, refusing with an `InvalidError` a token whose id is not the one that `idOf` reads in its value. */
export function matchingId<T>(plan: Plan<T>, schema: Schema<T>, idOf: (value: T) => string): Plan<T> {
  return (token, value) =>
    andThen(plan(token, value), (changes) =>
      // The plan has refused what does not fit; what fits is read as the schema returns it.
      andThen(schema['~standard'].validate(value), (result) => {
        const id = result.issues ? token.id : idOf(result.value)
        if (id === token.id) return changes
        const sentence = `Token "${token.id}" cannot enter: by what it holds its id is ${JSON.stringify(id)}.`
        throw new InvalidError(sentence, { id: token.id })
      }),
    )
}
