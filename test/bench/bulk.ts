// What a bulk retry of COUNT dead messages takes without a rate, and how much memory. Prints one line of JSON.
// usage: bulk.ts COUNT
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeQueues, state, worker, workflow, wrapped } from 'pipewright'
import type { Change } from 'pipewright/backend'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'

const count = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const Raw = state('Raw', z.object({ barcode: z.string() }))
const Done = state('Done', z.object({ barcode: z.string() }))
const stamp = worker({ input: z.string(), output: z.string(), process: (barcode) => barcode })
const stamping = workflow({
  input: Raw,
  output: Done,
  stages: {
    stamp: wrapped(stamp, {
      input: Raw,
      output: Done,
      pre: ({ barcode }) => barcode,
      post: (_, barcode) => Done({ barcode }),
    }),
  },
})
const queue = 'bulk/stamp'
const backend = await sqlite(join(folder, 'queues.db'))
const { bulk } = await makeQueues(stamping, backend, 'bulk')
const error = { kind: 'error', name: 'Error', message: 'no key' } as const
for (let i = 0; i < count; i += 1000) {
  const pushes = Array.from({ length: Math.min(1000, count - i) }, (_, n): Change => {
    const id = `t${i + n}`
    const token = { id, hop: 1, frames: [], priority: 0, deploy: 1 }
    return { kind: 'push', queue, token, value: { tag: 'Raw', barcode: id }, enter: 'refuse' }
  })
  await backend.commit(pushes)
  const leased = await backend.lease(queue, { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000, limit: 1000 })
  await backend.commit(
    leased.map(({ id, hop, lease }): Change => ({ kind: 'bury', queue, id, hop, lease, error })),
  )
}
globalThis.gc?.()
const before = process.memoryUsage.rss()
let peak = before
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)
const cpu = process.cpuUsage()
const startedAt = performance.now()
const { id } = await bulk.start({ action: 'retry', where: 'status:dead', by: 'bench', reason: 'to measure' })
const stop = new AbortController()
const working = bulk.work(stop.signal)
while ((await bulk.find(id)).state !== 'done') await new Promise((resolve) => setTimeout(resolve, 20))
const seconds = (performance.now() - startedAt) / 1000
const { user, system } = process.cpuUsage(cpu)
const cpuSeconds = (user + system) / 1e6
clearInterval(watching)
stop.abort()
await working
const { done } = await bulk.find(id)
if (done !== count) throw new Error(`Only ${done} of ${count} were made ready.`)
await backend.close()
rmSync(folder, { recursive: true, force: true })
const result = {
  seconds,
  cpuSeconds,
  perSecond: count / seconds,
  grewMb: (peak - before) / 2 ** 20,
  peakMb: peak / 2 ** 20,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
