import * as z from 'zod'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { defineApp, oneOf, review, state, worker, workflow, wrapped } from '../../../src/index.ts'

// An app that changes at every command: notes wait on a desk, and those whose ids begin with `bad` die in their queue.

const Note = state('Note', z.object({ text: z.string() }))
const Bad = state('Bad', z.object({ text: z.string() }))
const Kept = state('Kept', z.object({ text: z.string() }))

const refuse = worker({
  input: z.string(),
  output: z.string(),
  retry: { attempts: 1 },
  process: () => {
    throw new Error('this note is bad')
  },
})

const notes = workflow({
  input: oneOf(Note, Bad),
  output: Kept,
  stages: {
    look: wrapped(review({ input: z.string(), decisions: { keep: z.object({}) } }), {
      input: Note,
      output: Kept,
      pre: ({ text }) => text,
      post: ({ text }) => Kept({ text }),
    }),
    refuse: wrapped(refuse, {
      input: Bad,
      output: Kept,
      pre: ({ text }) => text,
      post: (_, text) => Kept({ text }),
    }),
  },
})

export default defineApp({
  name: 'notes',
  config: z.object({}),
  open: () => ({
    workflow: notes,
    backend: () => sqlite('queues.db'),
    seed: { value: (id) => (id.startsWith('bad') ? Bad({ text: id }) : Note({ text: id })) },
  }),
})
