import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { defineApp, review, state, type WorkContext, worker, workflow, wrapped } from '../../src/index.ts'

// An app of one stage and a desk for what fails there. An id says what its token does to its process: `abort...`,
// `exit...` (with the code of a refusal), `kill...` (as a machine without memory does); others take `workMs`. What was
// begun, and ended, is in the file `worked`: process, milliseconds, event and id.

const Raw = state('Raw', z.object({ id: z.string() }))
const Done = state('Done', z.object({ id: z.string() }))
const Bad = state('Bad', z.object({ id: z.string(), kind: z.string() }))

interface Given {
  readonly workMs: number
}

function tell(event: 'begin' | 'end', id: string): void {
  appendFileSync('worked', `${process.pid} ${Date.now()} ${event} ${id}\n`)
}

const go = worker({
  input: z.string(),
  output: z.string(),
  concurrency: 4,
  leaseMs: 1000,
  process: async (id, { workMs }: Given & WorkContext) => {
    tell('begin', id)
    if (id.startsWith('abort')) process.abort()
    if (id.startsWith('exit')) process.exit(2)
    if (id.startsWith('kill')) process.kill(process.pid, 'SIGKILL')
    await sleep(workMs)
    tell('end', id)
    return id
  },
})

const flow = workflow({
  input: Raw,
  output: Done,
  stages: {
    go: wrapped(go, {
      input: Raw,
      output: Done,
      pre: ({ id }) => id,
      post: (_, id) => Done({ id }),
      failed: { to: Bad, as: ({ id }, { kind }) => Bad({ id, kind }) },
    }),
    desk: wrapped(review({ input: z.string(), decisions: { ok: z.object({}) } }), {
      input: Bad,
      output: Done,
      pre: ({ kind }) => kind,
      post: ({ id }) => Done({ id }),
    }),
  },
})

export default defineApp({
  name: 'poison',
  config: z.object({ ids: z.array(z.string()), workMs: z.number() }),
  open: ({ ids, workMs }) => ({
    workflow: flow,
    backend: () => sqlite('queues.db'),
    context: { workMs },
    seed: { value: (id) => Raw({ id }), all: () => ids },
  }),
})
