import { type } from 'arktype'
import { type Failure, state } from 'pipewright'
import * as v from 'valibot'
import * as z from 'zod'
import { sure } from '../equal.ts'

// What has an interface may be a field, as what has a type of the same shape
interface Address {
  readonly street: string
  readonly at?: { readonly lat: number; readonly long: number } | undefined
  readonly floors: readonly number[]
}
interface Person {
  name: string
  home: Address
  others: Address[]
  byCity: Record<string, Address>
  pair: [Address, number]
  either: Address | string | null
  failure: Failure
  unset: undefined
}
const Address: z.ZodType<Address, Address> = z.object({
  street: z.string(),
  at: z.object({ lat: z.number(), long: z.number() }).optional(),
  floors: z.array(z.number()),
})
export const Moved = state(
  'Moved',
  z.object({ to: Address, from: Address.optional(), all: z.array(Address) }),
)
sure<ReturnType<typeof Moved>['to'] extends Address ? true : false>()
export const Known = state('Known', z.custom<Person>())
export const OneOfTwo = state('OneOfTwo', z.custom<Person | { home: Address }>())
export const Parts = state(
  'Parts',
  z.custom<{ some: Partial<Record<'a' | 'b', Address>>; street: Pick<Address, 'street'> }>(),
)

// What is in itself
interface Tree {
  readonly name: string
  readonly children: readonly Tree[]
  readonly parent?: Tree
}
const Tree: z.ZodType<Tree, Tree> = z.lazy(() =>
  z.object({ name: z.string(), children: z.array(Tree), parent: Tree.exactOptional() }),
)
export const Planted = state('Planted', z.object({ tree: Tree }))
interface Linked<T> {
  value: T
  next?: Linked<T>
}
export const Chained = state('Chained', z.custom<{ list: Linked<Address>; lists: Linked<Linked<string>> }>())
const Getters = z.object({
  name: z.string(),
  get parts() {
    return z.array(Getters)
  },
})
export const Nested = state('Nested', z.object({ whole: Getters }))

// Brands, of texts, numbers and objects, of each library
declare const brand: unique symbol
interface Branded {
  id: string & { readonly __brand: 'id' }
  money: { amount: number } & { readonly [brand]: 'money' }
}
export const OfZod = state(
  'OfZod',
  z.object({
    id: z.string().brand<'Id'>(),
    size: z.number().brand<'Size'>().optional(),
    place: z.object({ x: z.number() }).brand<'Place'>(),
    own: z.custom<Branded>(),
  }),
)
export const OfValibot = state(
  'OfValibot',
  v.object({
    id: v.pipe(v.string(), v.brand('Id')),
    place: v.pipe(v.object({ x: v.number() }), v.brand('Place')),
    empty: v.object({}),
  }),
)
export const OfArktype = state(
  'OfArktype',
  type({ id: type('string').brand('id'), place: type({ x: 'number' }).brand('place'), 'note?': 'string' }),
)

// Any JSON, tuples, records, what is read-only, and fields of other names
export const Anything = state(
  'Anything',
  z.object({
    any: z.json(),
    record: z.record(z.string(), z.json()),
    rest: z.tuple([z.string()], z.number()),
    lists: z.array(z.array(z.number())).readonly(),
    kind: z.enum({ Book: 1, Page: 2 }),
    none: z.never().optional(),
  }),
)
export const Catching = state('Catching', z.object({ id: z.string() }).catchall(z.json()))
