// WAITING tokens wait for a poll, which finds something out about four fifths of them. How long that takes, from the first
// look at what waits to the last commit, and how much memory. Prints one line of JSON.
// usage: poll.ts WAITING
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeQueues, poll } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'
import { watchMemory } from './memory-growth.ts'

const count = Number(process.argv[2] ?? 50_000)
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const Book = z.object({ barcode: z.string() })
let startedAt = 0
const converted = poll({
  input: Book,
  output: Book,
  everyMs: 3_600_000,
  lostAfterMs: 86_400_000,
  async *ask(waiting) {
    startedAt = performance.now()
    let n = 0
    for await (const { id, value } of waiting) if (n++ % 5 !== 0) yield [id, value] as const
  },
})
const backend = await sqlite(join(folder, 'queues.db'))
const queues = await makeQueues(converted, backend, 'convert')
for (let i = 0; i < count; i += 500) {
  const some = [...Array(500).keys()].map((k) => `b${i + k}`)
  await Promise.all(some.map((id) => queues.input.push(id, { barcode: id })))
}
const grown = watchMemory()
const stop = new AbortController()
const running = queues.artifacts()(stop.signal)
while ((await queues.output.count()) < count * 0.8) await setTimeout(5)
const seconds = (performance.now() - startedAt) / 1000
const grewMb = grown()
stop.abort()
await running
await backend.close()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ seconds, grewMb })}\n`)
