// How long it takes to make the queues of a workflow: 200 in a new file, the same again, and those of more workflows until a
// file has 2,000.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeQueues, state, worker, workflow, wrapped } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'

const many = 200
const workflows = 10
const files = 5
const states = [...Array(many + 1).keys()].map((n) =>
  state(`State${n}` as 'State', z.object({ n: z.number() })),
)
const add = worker({ input: z.number(), output: z.number(), process: (n) => n + 1 })
const stages = Object.fromEntries(
  states.slice(0, many).map((input, i) => {
    const output = states[i + 1]!
    return [`s${i}`, wrapped(add, { input, output, pre: ({ n }) => n, post: (_, n) => output({ n }) })]
  }),
)
const flow = workflow({ input: states[0]!, output: states[many]!, stages } as never)
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const news: number[] = []
const agains: number[] = []
for (let file = 0; file < files; file++) {
  news.push(await make(`${file}.db`, 'w0'))
  agains.push(await make(`${file}.db`, 'w0'))
}
let lastMs = 0
for (let n = 1; n < workflows; n++) lastMs = await make('0.db', `w${n}`)
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ newMs: median(news), againMs: median(agains), lastMs })}\n`)

// As another process would: with a connection of its own.
async function make(file: string, name: string): Promise<number> {
  const backend = await sqlite(join(folder, file))
  const startedAt = performance.now()
  await makeQueues(flow as never, backend, name)
  const ms = performance.now() - startedAt
  await backend.close()
  return ms
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
