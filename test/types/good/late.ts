import { type OutOf, oneOf, review, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'
import { type Equal, sure } from '../equal.ts'

const Asked = state('Asked', z.object({ n: z.number() }))
const Answered = state('Answered', z.object({ n: z.number() }))
const Failed = state('Failed', z.object({ why: z.string() }))
const Escalated = state('Escalated', z.object({ n: z.number() }))

// A deadline is an edge beside the others, of a stage and of a desk
const ask = wrapped(worker({ input: z.number(), output: z.number(), process: (n) => n }), {
  input: Asked,
  output: Answered,
  pre: ({ n }) => n,
  post: (_, n) => Answered({ n }),
  failed: { to: Failed, as: (_, { message }) => Failed({ why: message }) },
  late: { afterMs: 1000, to: Escalated, as: ({ n }) => Escalated({ n }) },
})
sure<Equal<OutOf<typeof ask>['tag'], 'Answered' | 'Failed' | 'Escalated'>>()

const settle = wrapped(review({ input: Escalated, decisions: { yes: z.object({}) } }), {
  input: Escalated,
  output: Answered,
  pre: (escalated) => escalated,
  post: ({ n }) => Answered({ n }),
  late: { afterMs: 1000, to: Failed, as: ({ n }) => Failed({ why: `${n} was left` }) },
})

workflow({ input: Asked, output: oneOf(Answered, Failed), stages: { ask, settle } })
