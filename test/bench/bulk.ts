// What a bulk retry of COUNT dead messages takes without a rate, how much memory, and how fast a chain in another process on
// the same file is meanwhile. Prints one line of JSON.
// usage: bulk.ts COUNT
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeQueues, state, worker, workflow, wrapped } from 'pipewright'
import type { Change } from 'pipewright/backend'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'
import { watchMemory } from './memory-growth.ts'
import { pipewright } from './peers/pipewright.ts'
import { plainChain } from './plain-chain.ts'

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
const stop = new AbortController()
const working = bulk.work(stop.signal)
const alone = await retryAll()

// The others: a chain with more tokens than it can do meanwhile.
for (let i = 0; i < count; i += 1000) {
  const leased = await backend.lease(queue, { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000, limit: 1000 })
  await backend.commit(
    leased.map(({ id, hop, lease }): Change => ({ kind: 'bury', queue, id, hop, lease, error })),
  )
}
const chain = await pipewright(plainChain(folder))
await chain.push([...Array(5 * count).keys()].map(String))
const other = fork(new URL('shared-file.ts', import.meta.url), ['0', '0', folder])
await new Promise((resolve) => other.once('message', resolve))
other.send('go')
await setTimeout(1000)
const before = await speed(setTimeout(4000))
let beside = { seconds: 0 }
const meanwhile = await speed(retryAll().then((figures) => (beside = figures)))
const after = await speed(setTimeout(4000))
if (after === 0) throw new Error('The chain had too few tokens.')
other.send('stop')
await new Promise((resolve) => other.once('exit', resolve))
await chain.stop()
stop.abort()
await working
await backend.close()
rmSync(folder, { recursive: true, force: true })
const result = {
  ...alone,
  besideSeconds: beside.seconds,
  othersRatio: meanwhile / ((before + after) / 2),
}
process.stdout.write(`${JSON.stringify(result)}\n`)

async function retryAll() {
  const grown = watchMemory()
  const startedAt = performance.now()
  const { id } = await bulk.start({
    action: 'retry',
    where: 'status:dead',
    by: 'bench',
    reason: 'to measure',
  })
  while ((await bulk.find(id)).state !== 'done') await setTimeout(20)
  const seconds = (performance.now() - startedAt) / 1000
  const grewMb = grown()
  const { done } = await bulk.find(id)
  if (done !== count) throw new Error(`Only ${done} of ${count} were made ready.`)
  return { seconds, grewMb }
}

/** How many tokens a second the chain has finished while `time` went by. */
async function speed(time: Promise<unknown>): Promise<number> {
  const [from, startedAt] = [await finished(), performance.now()]
  await time
  return ((await finished()) - from) / (performance.now() - startedAt)
}

async function finished(): Promise<number> {
  const tallies = await backend.count()
  return tallies.find(({ queue }) => queue.startsWith('chain/') && queue.endsWith('output'))!.ready
}
