import { type Decided, type Infer, type OutOf, oneOf, review, wrapped } from 'pipewright'
import * as z from 'zod'
import { refuseHands } from '../four-eyes.ts'
import { Invoice } from '../invoice.ts'
import { Approved, Checked, Escalated, Faulty } from '../states.ts'
import type { Tuning } from './tuning.ts'

const threeDaysMs = 3 * 86_400_000

const judge = review({
  input: Invoice,
  decisions: { approve: z.object({}), refuse: z.object({ why: z.string().min(1).max(1000) }) },
})

type Waiting = Infer<typeof Checked> | Infer<typeof Escalated>

const facets = ({ invoice: { supplier, totalCents } }: Waiting) => ({ supplier, amount: totalCents / 100 })

function decided(waiting: Waiting, choice: OutOf<typeof judge>, { by }: Decided) {
  if (choice.decision === 'refuse') return Faulty({ ...waiting, why: `${by} has refused it: ${choice.why}` })
  refuseHands(waiting.hands, by)
  return Approved({ ...waiting, approvedBy: by })
}

/** A person approves the invoice who has had no hand in it; after three days a second desk is asked. */
export function makeApprove({ approveWithinMs = threeDaysMs }: Tuning) {
  return wrapped(judge, {
    input: Checked,
    output: oneOf(Approved, Faulty),
    facets,
    pre: ({ invoice }) => invoice,
    post: decided,
    late: { afterMs: approveWithinMs, to: Escalated, as: (checked) => Escalated(checked) },
  })
}

/** The second desk, which has no deadline. */
export const escalation = wrapped(judge, {
  input: Escalated,
  output: oneOf(Approved, Faulty),
  facets,
  pre: ({ invoice }) => invoice,
  post: decided,
})
