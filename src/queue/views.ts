import { andThen, type MaybePromise } from '../schema/schema.ts'
import { InvalidError } from './errors.ts'
import type { Browsable, Message, ReadQueue } from './read-queue.ts'
import type { WriteQueue } from './write-queue.ts'

/** `queue`, with each value seen through `see`. */
export function map<A, B>(queue: ReadQueue<A>, see: (value: A, id: string) => MaybePromise<B>): ReadQueue<B> {
  return {
    ...queue,
    async read(signal): Promise<Message<B>> {
      const message = await queue.read(signal)
      return { ...message, value: await see(message.value, message.id) }
    },
    async get(id) {
      const value = await queue.get(id)
      return value === undefined ? undefined : see(value, id)
    },
    async *items() {
      for await (const { id, value } of queue.items()) yield { id, value: await see(value, id) }
    },
  }
}

/** What `queue` holds of the values that `keep` accepts. It cannot be read from: that would lease what it hides. */
export function filter<A, B extends A>(
  queue: Browsable<A>,
  keep: (value: A, id: string) => value is B,
): Browsable<B>
export function filter<A>(
  queue: Browsable<A>,
  keep: (value: A, id: string) => MaybePromise<boolean>,
): Browsable<A>
export function filter<A>(
  queue: Browsable<A>,
  keep: (value: A, id: string) => MaybePromise<boolean>,
): Browsable<A> {
  const items = async function* () {
    for await (const item of queue.items()) if (await keep(item.value, item.id)) yield item
  }
  return {
    items,
    async get(id) {
      const value = await queue.get(id)
      return value !== undefined && (await keep(value, id)) ? value : undefined
    },
    async *keys() {
      for await (const { id } of items()) yield id
    },
    async count() {
      let count = 0
      for await (const _ of items()) count++
      return count
    },
  }
}

/** `queue`, with each pushed value made by `make`. */
export function premap<A, B>(
  queue: WriteQueue<B>,
  make: (value: A, id: string) => MaybePromise<B>,
): WriteQueue<A> {
  return {
    push: async (id, value, options) => queue.push(id, await make(value, id), options),
    plan: (token, value) => andThen(make(value, token.id), (made) => queue.plan(token, made)),
  }
}

/** `queue`, refusing with an `InvalidError` what `accept` does not accept: dropping it would lose a token. */
export function prefilter<A>(
  queue: WriteQueue<A>,
  accept: (value: A, id: string) => MaybePromise<boolean>,
): WriteQueue<A> {
  const check = (value: A, id: string) =>
    andThen(accept(value, id), (accepted) => {
      if (!accepted) throw new InvalidError(`The value of token "${id}" was refused by a prefilter.`, { id })
    })
  return {
    async push(id, value, options) {
      await check(value, id)
      return queue.push(id, value, options)
    },
    plan: (token, value) => andThen(check(value, token.id), () => queue.plan(token, value)),
  }
}
