import { type OutOf, oneOf, review, sequential, stage, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

// What is written inside `workflow({ stages: { ... } })` must infer as well as what has a name. A contextual return
// type once made `any` of an absent `failed`, and `any` is accepted everywhere.

const text = z.object({ text: z.string() })
const Raw = state('Raw', text)
const Broken = state('Broken', text)
const Done = state('Done', text)

type Returned<W> = W extends { readonly stages: infer S } ? { [K in keyof S]: OutOf<S[K]> } : never
type DoneValue = { readonly tag: 'Done'; readonly text: string }
type BrokenValue = { readonly tag: 'Broken'; readonly text: string }

const ends = { input: Raw, output: Done }
const openEnds = { input: Raw, output: oneOf(Done, Broken) }

const ofWorker = workflow({
  ...ends,
  stages: {
    it: wrapped(worker({ input: z.string(), output: z.string(), process: (s, { id }) => s + id }), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (raw, s) => Done({ text: raw.text + s }),
    }),
  },
})
sure<Equal<Returned<typeof ofWorker>['it'], DoneValue>>()

const ofFailingWorker = workflow({
  ...openEnds,
  stages: {
    it: wrapped(worker({ input: z.string(), output: z.string(), process: (s) => s.trim() }), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (raw, s) => Done({ text: raw.text + s }),
      failed: { to: Broken, as: (raw, { message }) => Broken({ text: raw.text + message }) },
    }),
  },
})
sure<Equal<Returned<typeof ofFailingWorker>['it'], DoneValue | BrokenValue>>()

const ofBatch = workflow({
  ...ends,
  stages: {
    it: wrapped(
      worker({ input: z.string(), output: z.string(), batch: 2, process: (all) => all.map((s) => s.trim()) }),
      { input: Raw, output: Done, pre: (raw) => raw.text, post: (_, s) => Done({ text: s.trim() }) },
    ),
  },
})
sure<Equal<Returned<typeof ofBatch>['it'], DoneValue>>()

const ofStage = workflow({
  ...ends,
  stages: {
    it: wrapped(stage({ input: z.string(), output: z.string(), artifact: ({ input }) => input.count }), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (_, s) => Done({ text: s.trim() }),
    }),
  },
})
sure<Equal<Returned<typeof ofStage>['it'], DoneValue>>()

const decisions = { accept: z.object({}), amend: z.object({ to: z.string() }) }

const ofReview = workflow({
  ...ends,
  stages: {
    it: wrapped(review({ input: z.string(), decisions }), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (raw, made) => Done({ text: made.decision === 'amend' ? made.to : raw.text }),
    }),
  },
})
sure<Equal<Returned<typeof ofReview>['it'], DoneValue>>()

const ofFailingReview = workflow({
  ...openEnds,
  stages: {
    it: wrapped(
      review({ input: z.string(), decisions: { accept: z.object({}), amend: z.object({ to: z.string() }) } }),
      {
        input: Raw,
        output: Done,
        pre: (raw) => raw.text,
        post: (raw, made) => Done({ text: made.decision === 'amend' ? made.to : raw.text }),
        failed: { to: Broken, as: (raw) => Broken({ text: raw.text }) },
      },
    ),
  },
})
sure<Equal<Returned<typeof ofFailingReview>['it'], DoneValue | BrokenValue>>()

const measure = worker({ input: z.string(), output: z.number(), process: (s) => s.length })
const isEven = worker({ input: z.number(), output: z.boolean(), process: (n) => n % 2 === 0 })

const ofSequence = workflow({
  ...ends,
  stages: {
    it: wrapped(sequential(measure, isEven), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (raw, even) => Done({ text: even === true ? raw.text : '' }),
    }),
  },
})
sure<Equal<Returned<typeof ofSequence>['it'], DoneValue>>()

const ofFailingSequence = workflow({
  ...openEnds,
  stages: {
    it: wrapped(sequential(measure, isEven), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (raw, even) => Done({ text: even === true ? raw.text : '' }),
      failed: { to: Broken, as: (raw, { name }) => Broken({ text: raw.text + name }) },
    }),
  },
})
sure<Equal<Returned<typeof ofFailingSequence>['it'], DoneValue | BrokenValue>>()

const ofWorkflow = workflow({
  ...openEnds,
  stages: {
    it: workflow({
      ...openEnds,
      stages: {
        inner: wrapped(worker({ input: z.string(), output: z.string(), process: (s) => s.trim() }), {
          input: Raw,
          output: Done,
          pre: (raw) => raw.text,
          post: (raw, s) => Done({ text: raw.text + s }),
          failed: { to: Broken, as: (raw) => Broken({ text: raw.text }) },
        }),
      },
    }),
  },
})
sure<Equal<Returned<typeof ofWorkflow>['it'], DoneValue | BrokenValue>>()

const Wider = state('Wider', text)
const ofWrappedWorkflow = workflow({
  input: Wider,
  output: Done,
  stages: {
    it: wrapped(ofWorker, {
      input: Wider,
      output: Done,
      pre: (wider) => Raw({ text: wider.text }),
      post: (wider, done) => Done({ text: wider.text + done.text }),
    }),
  },
})
sure<Equal<Returned<typeof ofWrappedWorkflow>['it'], DoneValue>>()

const ofFailingWrappedWorkflow = workflow({
  input: Wider,
  output: oneOf(Done, Broken),
  stages: {
    it: wrapped(ofWorker, {
      input: Wider,
      output: Done,
      pre: (wider) => Raw({ text: wider.text }),
      post: (wider, done) => Done({ text: wider.text + done.text }),
      failed: { to: Broken, as: (wider) => Broken({ text: wider.text }) },
    }),
  },
})
sure<Equal<Returned<typeof ofFailingWrappedWorkflow>['it'], DoneValue | BrokenValue>>()
