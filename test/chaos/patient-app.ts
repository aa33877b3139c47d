import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { defineApp, state, type WorkContext, worker, workflow, wrapped } from '../../src/index.ts'

// An app whose work takes a minute and does not listen to its signal. Who works on what is in the file `began`.

const Long = state('Long', z.object({ text: z.string() }))
const Over = state('Over', z.object({ text: z.string() }))

const flow = (graceMs: number) =>
  workflow({
    input: Long,
    output: Over,
    stages: {
      wait: wrapped(
        worker({
          input: z.string(),
          output: z.string(),
          graceMs,
          leaseMs: 2000,
          process: async (text, { id }: WorkContext) => {
            appendFileSync('began', `${process.pid} ${id}\n`)
            await sleep(60_000)
            return text
          },
        }),
        { input: Long, output: Over, pre: ({ text }) => text, post: (_, text) => Over({ text }) },
      ),
    },
  })

export default defineApp({
  name: 'patient',
  config: z.object({ graceMs: z.number().default(20_000) }),
  open: ({ graceMs }) => ({
    workflow: flow(graceMs),
    backend: () => sqlite('queues.db'),
    seed: { value: (id) => Long({ text: id }) },
  }),
})
