import type { Storable } from './storable.ts'

/**
 * A sentence for each of `Fields` that would not come back from a queue as it was, and `never` if there is none: it has
 * to survive JSON, and the schema, which is run again when a value is read, has to accept it again as an `Input`.
 */
export type FieldFault<Fields, Input> = Fields extends object
  ? Lost<Fields> | ([Fields] extends [Input] ? never : Changed<Fields, Input>)
  : 'A state needs a schema of an object, such as z.object({ ... }).'

type Lost<Fields> = {
  [K in keyof Fields & string]: K extends 'tag'
    ? 'Field "tag" would hide the name of the state.'
    : LostIn<Fields[K], Name<K>>
}[keyof Fields & string]

// `Above` counts the levels, so that a type that is in itself comes to an end.
type LostIn<T, Path extends string, Above extends 1[] = []> = unknown extends T
  ? `Field "${Path}" could be anything, also what would not survive JSON: say what it is, or z.json().`
  : T extends Storable<T>
    ? never
    : Either<
        Above['length'] extends 4 ? never : LostBelow<T, Path, [...Above, 1]>,
        `Field "${Path}" would not survive JSON.`
      >

type LostBelow<T, Path extends string, Above extends 1[]> = T extends readonly unknown[]
  ? LostIn<T[number], `${Path}[]`, Above>
  : Methods<T> extends never
    ? { [K in keyof T & string]: LostIn<T[K], `${Path}.${Name<K>}`, Above> }[keyof T & string]
    : never

// As in a record, whose fields may have any name.
type Name<K extends string> = string extends K ? '*' : K

type Methods<T> = {
  [K in keyof T]: unknown extends T[K] ? never : T[K] extends (...args: never) => unknown ? K : never
}[keyof T]

type Changed<Fields, Input> = Either<
  {
    [K in keyof Fields & string]: [Fields[K]] extends [Accepted<Input, K>]
      ? never
      : `Field "${K}" is changed by its schema, which would not accept it again.`
  }[keyof Fields & string],
  'This schema changes the type of its value, and would not accept it again: let a function do that.'
>

type Accepted<Input, K extends string> = Input extends { readonly [P in K]?: infer Value } ? Value : never

type Either<First, Second> = [First] extends [never] ? Second : First
