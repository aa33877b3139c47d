import { oneOf, workflow } from 'pipewright'
import { escalation, makeApprove } from './stages/approve.ts'
import { makeCheck } from './stages/check.ts'
import { correct } from './stages/correct.ts'
import { makeParse } from './stages/parse.ts'
import { makePost } from './stages/post.ts'
import type { Tuning } from './stages/tuning.ts'
import { Posted, Received, Rejected } from './states.ts'

/** Every invoice is posted once, approved by a person who has had no hand in it, or rejected by one. */
export function makeInvoices(tuning: Tuning = {}) {
  return workflow({
    input: Received,
    output: oneOf(Posted, Rejected),
    stages: {
      parse: makeParse(tuning),
      check: makeCheck(tuning),
      approve: makeApprove(tuning),
      escalation,
      post: makePost(tuning),
      correct,
    },
  })
}
