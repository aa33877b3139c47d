import { review, stage, worker, workflow, wrapped } from 'pipewright'
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

// What is written inside `workflow({ stages: { ... } })` must infer as well as what has a name. A contextual return
// type once made `any` of an absent `failed`, and `any` is accepted everywhere.

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
      post: (raw, made, { by }) => Done({ text: made.decision === 'amend' ? made.to : raw.text + by }),
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
