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

// Several outputs, a loop, a stage that takes two states, an async post, literals in place of constructors
const Retry = state('Retry', z.object({ img: z.string(), attempt: z.number() }))
const Rejected = state('Rejected', z.object({ img: z.string(), reason: z.string().optional() }))
const measure = worker({ input: z.string(), output: z.number(), process: (text) => text.length })
const isLong = worker({ input: z.number(), output: z.boolean(), process: (n) => n > 3 })
const looping = wrapped(sequential(measure, isLong), {
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
const plain = await makeQueues(upload, memory(), 'plain')
sure<Equal<ReturnType<typeof plain.artifacts>, Runnable>>()
plain.artifacts()
