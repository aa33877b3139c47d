import { type } from 'arktype'
import {
  type ArtifactOf,
  type CtxOf,
  type InOf,
  type OutOf,
  type Runnable,
  sequential,
  stage,
  type WorkContext,
  worker,
} from 'pipewright'
import * as v from 'valibot'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

// What workers ask for: nothing, what every worker gets, something, in one and in batches
const counted = { input: z.string(), output: z.number() }
const nothing = worker({ ...counted, process: (text) => text.length })
sure<Equal<CtxOf<typeof nothing>, unknown>>()
const usual = worker({ ...counted, process: (text, { id, also }) => text.length + id.length + also.length })
sure<Equal<CtxOf<typeof usual>, unknown>>()
const asking = worker({ ...counted, process: async (text, { base }: { base: number }) => text.length + base })
sure<Equal<CtxOf<typeof asking>['base'], number>>()
const withBoth = worker({
  ...counted,
  process: (text, { base, key, stageKey }: WorkContext<{ base: number }>) =>
    text.length + base + key.length + stageKey.length,
})
sure<Equal<keyof CtxOf<typeof withBoth>, 'base'>>()
sure<Equal<CtxOf<typeof withBoth>['base'], number>>()
const alone = worker({ ...counted, process: (text, { key }: WorkContext) => text.length + key.length })
sure<Equal<CtxOf<typeof alone>, unknown>>()
const batch = worker({ ...counted, batch: 3, process: (texts) => texts.map((text) => text.length) })
sure<Equal<CtxOf<typeof batch>, unknown>>()
const partial = worker({
  ...counted,
  batch: 3,
  process: (texts, contexts) =>
    texts.map((text, i) => (contexts[i]?.attempt === 1 ? text.length : new Error(`cannot count ${text}`))),
})
sure<Equal<CtxOf<typeof partial>, unknown>>()
const batchAsking = worker({
  ...counted,
  batch: 3,
  process: async (texts, contexts: readonly { base: number }[]) =>
    texts.map((text, i) => text.length + (contexts[i]?.base ?? 0)),
})
sure<Equal<CtxOf<typeof batchAsking>['base'], number>>()

// Schemas that fill in, tidy and convert, and accept again what they have made
const Order = z.object({ size: z.coerce.number(), unit: z.string().trim().default('pages') })
const tidy = worker({
  input: Order,
  output: Order,
  process: (order) => ({ size: order.size, unit: order.unit }),
})
sure<Equal<InOf<typeof tidy>, { size: number; unit: string }>>()
sure<Equal<OutOf<typeof tidy>, { size: number; unit: string }>>()
const libraries = worker({
  input: v.pipe(v.string(), v.trim()),
  output: type({ n: 'number' }),
  process: (text) => ({ n: text.length }),
})
sure<Equal<InOf<typeof libraries>, string>>()
sure<Equal<OutOf<typeof libraries>, { n: number }>>()

// A stage's own artifact, and what it asks for
const served = stage({
  ...counted,
  artifact:
    ({ input, output }, { port }: { port: number }) =>
    async () => {
      const { id, value } = await input.read()
      await output.push(id, value.length)
      await input.pop(id)
      return port
    },
})
sure<Equal<ArtifactOf<typeof served>, () => Promise<number>>>()
sure<Equal<CtxOf<typeof served>, { port: number }>>()

// Sequences
const isLong = worker({ input: z.number(), output: z.boolean(), process: (n) => n > 3 })
const longEnough = sequential(asking, isLong)
sure<Equal<InOf<typeof longEnough>, string>>()
sure<Equal<OutOf<typeof longEnough>, boolean>>()
sure<Equal<ArtifactOf<typeof longEnough>, readonly [Runnable, Runnable]>>()
sure<Equal<CtxOf<typeof longEnough>['base'], number>>()

// Two stages that ask for the same name: what they are given must do for both
const narrow = worker({
  input: z.boolean(),
  output: z.string(),
  process: (_, { base }: { base: 1 | 2 }) => `${base}`,
})
const both = sequential(asking, isLong, narrow)
sure<Equal<CtxOf<typeof both>['base'], 1 | 2>>()
