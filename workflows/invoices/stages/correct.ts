import { oneOf, review, wrapped } from 'pipewright'
import * as z from 'zod'
import { Faulty, Paper, Received, Rejected } from '../states.ts'

const mend = review({
  input: Paper.pick({ text: true }).extend({ why: z.string() }),
  decisions: {
    /** The invoice as it should be. */
    correct: Paper.pick({ text: true }),
    /** It will not be paid. */
    reject: z.object({ why: z.string().min(1).max(1000) }),
  },
})

/** A person corrects what is wrong with an invoice; it begins anew, and another person has to approve it. */
export const correct = wrapped(mend, {
  input: Faulty,
  output: oneOf(Received, Rejected),
  pre: ({ text, why }) => ({ text, why }),
  post: ({ number, hands }, choice, { by }) =>
    choice.decision === 'correct'
      ? Received({ number, text: choice.text, hands: [...new Set([...hands, by])] })
      : Rejected({ number, by, why: choice.why }),
})
