import { oneOf, review, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'

// What a token can be on its way.
export const Order = state('Order', z.object({ text: z.string() }))
export const Accepted = state('Accepted', z.object({ count: z.number(), item: z.string() }))
const Unclear = state('Unclear', z.object({ text: z.string(), why: z.string() }))
const Refused = state('Refused', z.object({ text: z.string() }))

// A worker is a function of plain values. What it throws fails the attempt; here two are allowed.
const check = worker({
  input: z.string(),
  output: z.object({ count: z.number(), item: z.string() }),
  retry: { attempts: 2 },
  process: (text) => {
    const [count, item, ...more] = text.split(' ')
    if (!Number(count) || !item || more.length > 0) throw new Error(`"${text}" is no count and item.`)
    return { count: Number(count), item }
  },
})

// A review is what a person can decide, and what each decision needs to know.
const clarify = review({
  input: z.string(),
  decisions: { correct: z.object({ text: z.string() }), refuse: z.object({}) },
})

// `pre` makes a stage's input of the state that comes, `post` makes the state that goes on of its result.
// Each state goes to the stage that accepts it, or to the output.
export const orders = workflow({
  input: Order,
  output: oneOf(Accepted, Refused),
  stages: {
    check: wrapped(check, {
      input: Order,
      output: Accepted,
      pre: ({ text }) => text,
      post: (_, checked) => Accepted(checked),
      failed: { to: Unclear, as: ({ text }, { message }) => Unclear({ text, why: message }) },
    }),
    clarify: wrapped(clarify, {
      input: Unclear,
      output: oneOf(Order, Refused),
      pre: ({ why }) => why,
      post: ({ text }, choice) =>
        choice.decision === 'correct' ? Order({ text: choice.text }) : Refused({ text }),
    }),
  },
})
