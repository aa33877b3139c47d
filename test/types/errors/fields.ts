import { type } from 'arktype'
import { state } from 'pipewright'
import * as v from 'valibot'
import * as z from 'zod'

// What JSON would change, in an interface, in a list in it, beside what it would not, and in what is in itself
interface Visit {
  place: string
  at: Date
}
interface Journey {
  visits: Visit[]
}
interface Tree {
  size: bigint
  children: Tree[]
}
// error: "Field "visit.at" would not survive JSON."
state('S', z.object({ visit: z.custom<Visit>() }))
// error: "Field "journey.visits[].at" would not survive JSON."
state('S', z.object({ journey: z.custom<Journey>() }))
// error: "Field "when" would not survive JSON."
state('S', z.object({ when: z.custom<string | Date | { year: number }>() }))
// error: "Field "tree.size" would not survive JSON."
state('S', z.object({ tree: z.custom<Tree>() }))
// error: "Field "gaps.list" would not survive JSON."
state('S', z.object({ gaps: z.custom<{ list: (Visit['place'] | undefined)[] }>() }))

// Functions, classes with methods or private parts, what JavaScript brings, in the words of each library
interface Callback {
  name: string
  call: () => void
}
class Counter {
  readonly #n = 1
  readonly name = 'counter'
  static of = (counter: Counter) => counter.#n
}
class Money {
  amount = 1
  print(): string {
    return `${this.amount}`
  }
}
class Sealed {
  amount = 1
  protected currency = 'EUR'
}
// error: "Field "f" would not survive JSON."
state('S', z.object({ f: z.custom<() => void>() }))
// error: "Field "f" would not survive JSON."
state('S', z.object({ f: z.custom<Callback>() }))
// error: "Field "counter" would not survive JSON."
state('S', z.object({ counter: z.instanceof(Counter) }))
// error: "Field "money" would not survive JSON."
state('S', z.object({ money: z.instanceof(Money) }))
// error: "Field "sealed" would not survive JSON."
state('S', z.object({ sealed: z.instanceof(Sealed) }))
// error: "Field "map" would not survive JSON."
state('S', z.object({ map: z.map(z.string(), z.string()) }))
// error: "Field "set" would not survive JSON."
state('S', z.object({ set: z.set(z.string()) }))
// error: "Field "bytes" would not survive JSON."
state('S', z.object({ bytes: z.instanceof(Uint8Array) }))
// error: "Field "n" would not survive JSON."
state('S', z.object({ n: z.bigint() }))
// error: "Field "s" would not survive JSON."
state('S', z.object({ s: z.symbol() }))
// error: "Field "at" would not survive JSON."
state('S', v.object({ at: v.date() }))
// error: "Field "at" would not survive JSON."
state('S', type({ at: 'Date' }))
// error: "Field "nothing" would not survive JSON."
state('S', z.object({ nothing: z.void() }))
// error: "Field "object" would not survive JSON."
state('S', z.object({ object: z.custom<object>() }))

// What could be anything
// error: Field "x" could be anything, also what would not survive JSON: say what it is, or z.json().
state('S', z.object({ x: z.unknown() }))
// error: Field "x" could be anything, also what would not survive JSON: say what it is, or z.json().
state('S', z.object({ x: z.any() }))
// error: Field "x.*" could be anything, also what would not survive JSON: say what it is, or z.json().
state('S', z.object({ x: z.record(z.string(), z.unknown()) }))
// error: Field "x[].y" could be anything, also what would not survive JSON: say what it is, or z.json().
state('S', z.object({ x: z.array(z.object({ y: z.any() })) }))
// error: Field "*" could be anything, also what would not survive JSON: say what it is, or z.json().
state('S', z.looseObject({ x: z.string() }))
// error: Field "*" could be anything, also what would not survive JSON: say what it is, or z.json().
state('S', z.any())

// Of several shapes each is looked at
// error: "Field "at" would not survive JSON."
state('S', z.union([z.object({ by: z.string() }), z.object({ at: z.date() })]))
// error: Field "n" is changed by its schema, which would not accept it again.
state('S', z.union([z.object({ by: z.string() }), z.object({ n: z.string().transform(Number) })]))

// No field is to blame if one is gone
// error: This schema changes the type of its value, and would not accept it again: let a function do that.
state(
  'S',
  z.object({ a: z.string(), b: z.string() }).transform(({ a }) => ({ a })),
)
