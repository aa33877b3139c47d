import { oneOf, sequential, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'
import {
  Broken,
  type BrokenValue,
  Done,
  type DoneValue,
  ends,
  openEnds,
  Raw,
  type Returned,
} from '../inline-states.ts'

// As `inline.ts`, for what is bigger than a stage.

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

const Wider = state('Wider', z.object({ text: z.string() }))
const ofInner = workflow({
  ...ends,
  stages: {
    it: wrapped(worker({ input: z.string(), output: z.string(), process: (s) => s.trim() }), {
      input: Raw,
      output: Done,
      pre: (raw) => raw.text,
      post: (raw, s) => Done({ text: raw.text + s }),
    }),
  },
})

const ofWrappedWorkflow = workflow({
  input: Wider,
  output: Done,
  stages: {
    it: wrapped(ofInner, {
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
    it: wrapped(ofInner, {
      input: Wider,
      output: Done,
      pre: (wider) => Raw({ text: wider.text }),
      post: (wider, done) => Done({ text: wider.text + done.text }),
      failed: { to: Broken, as: (wider) => Broken({ text: wider.text }) },
    }),
  },
})
sure<Equal<Returned<typeof ofFailingWrappedWorkflow>['it'], DoneValue | BrokenValue>>()
