import {
  type ArtifactOf,
  type CtxOf,
  type Desk,
  type InOf,
  makeQueues,
  type OutOf,
  oneOf,
  type Runnable,
  sequential,
  stage,
  state,
  worker,
  workflow,
  wrapped,
} from 'pipewright'
import { memory } from 'pipewright/memory'
import * as z from 'zod'
import {
  correct,
  correction,
  Input,
  ManualInput,
  Output,
  type Printer,
  type validate,
} from '../correction.ts'
import { type Equal, sure } from '../equal.ts'

// What a workflow accepts, returns, gives and needs
type Correction = typeof correction
sure<Equal<InOf<Correction>, { readonly tag: 'Input'; readonly img: string }>>()
sure<Equal<OutOf<Correction>, { readonly tag: 'Output'; readonly img: string; readonly corrected: string }>>()
sure<Equal<ArtifactOf<Correction>['auto'], Runnable>>()
sure<Equal<ArtifactOf<Correction>['validation'], ArtifactOf<typeof validate>>>()
const context: CtxOf<Correction> = { hand: 'mine', printer: { print() {} } }
sure<Equal<CtxOf<Correction>['printer'], Printer>>()
sure<Equal<CtxOf<Correction>['hand'], string>>()

// What a review makes of its decisions
type Decided = OutOf<typeof validate>
sure<Equal<Decided['decision'], 'accept' | 'refuse'>>()
sure<Equal<Extract<Decided, { decision: 'refuse' }>['note'], string>>()
sure<Equal<ArtifactOf<typeof validate> extends Desk<infer In, any> ? In : never, string>>()

// What workers ask for: nothing, what every worker gets, something, in one and in batches
const counted = { input: z.string(), output: z.number() }
const nothing = worker({ ...counted, process: (text) => text.length })
sure<Equal<CtxOf<typeof nothing>, unknown>>()
const usual = worker({ ...counted, process: (text, { id, also }) => text.length + id.length + also.length })
sure<Equal<CtxOf<typeof usual>, unknown>>()
const asking = worker({ ...counted, process: async (text, { base }: { base: number }) => text.length + base })
sure<Equal<CtxOf<typeof asking>['base'], number>>()
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

// Several outputs, a loop, a stage that takes two states, an async post, literals in place of constructors
const Retry = state('Retry', z.object({ img: z.string(), attempt: z.number() }))
const Rejected = state('Rejected', z.object({ img: z.string(), reason: z.string().optional() }))
const looping = wrapped(longEnough, {
  input: oneOf(Input, Retry),
  output: oneOf(Output, Rejected, Retry),
  pre: async ({ img }) => img,
  post: async (from, ok) => {
    if (ok) return { tag: 'Output', img: from.img, corrected: from.img }
    const attempt = from.tag === 'Retry' ? from.attempt + 1 : 1
    return attempt > 3 ? Rejected({ img: from.img }) : Retry({ img: from.img, attempt })
  },
})
const loop = workflow({ input: Input, output: oneOf(Output, Rejected), stages: { looping } })
sure<Equal<OutOf<typeof loop>['tag'], 'Output' | 'Rejected'>>()

// A workflow is a state pipeline: it nests
const Done = state('Done', z.object({ url: z.string() }))
const upload = worker({
  input: z.string(),
  output: z.url(),
  process: (name) => `https://example.org/${name}`,
})
const publishing = wrapped(upload, {
  input: Output,
  output: Done,
  pre: ({ corrected }) => corrected,
  post: (_, url) => Done({ url }),
})
const outer = workflow({ input: Input, output: Done, stages: { correction, publishing } })
sure<Equal<ArtifactOf<typeof outer>['correction']['manual'], Runnable>>()
sure<Equal<CtxOf<typeof outer>['hand'], string>>()

// `failed` adds its state to what a stage can return
const careful = wrapped(correct, {
  input: Input,
  output: Output,
  pre: ({ img }) => img,
  post: ({ img }, corrected) => Output({ img, corrected }),
  failed: { to: ManualInput, as: ({ img }, { attempts }) => ManualInput({ img: `${img} ${attempts}` }) },
})
sure<Equal<OutOf<typeof careful>['tag'], 'Output' | 'ManualInput'>>()

// Queues and artifacts
const queues = await makeQueues(correction, memory(), 'correction')
await queues.input.push('1', Input({ img: 'x' }))
const { auto, validation } = queues.artifacts(context)
sure<Equal<typeof auto, Runnable>>()
await validation.decide('1', { decision: 'refuse', note: 'blurred' }, { hop: 2, by: 'ann' })
const plain = await makeQueues(nothing, memory(), 'plain')
sure<Equal<ReturnType<typeof plain.artifacts>, Runnable>>()
plain.artifacts()
