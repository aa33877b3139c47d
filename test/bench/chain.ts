// One peer, one scenario, one process: tokens through a chain of four stages, then one token at a time through the
// idle chain. Prints one line of JSON.
// usage: chain.ts PEER TOKENS CONCURRENCY   (environment: WORK_MS, NOTE_CHARS, IDLE_TOKENS; DATABASE of pipewright,
// and of the peers on Postgres)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { graphileWorker } from './peers/graphile-worker.ts'
import type { ChainSetup, Peer } from './peers/peer.ts'
import { pipewright } from './peers/pipewright.ts'
import { plainjob } from './peers/plainjob.ts'
import { rawPostgres } from './peers/raw-postgres.ts'
import { rawSqlite } from './peers/raw-sqlite.ts'

const peers: Record<string, (setup: ChainSetup) => Peer | Promise<Peer>> = {
  'graphile-worker': graphileWorker,
  pipewright,
  plainjob,
  'raw-postgres': rawPostgres,
  'raw-sqlite': rawSqlite,
}

const [name = '', tokens = '2000', slots = '20'] = process.argv.slice(2)
const { WORK_MS = '0', NOTE_CHARS = '80', IDLE_TOKENS = '50' } = process.env
const hops = 4
const count = Number(tokens)
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const finished = new Map<string, number>()
let target = Number.POSITIVE_INFINITY
let reached: () => void = () => {}

const workMs = Number(WORK_MS)
const peer = await peers[name]!({
  folder,
  hops,
  concurrency: Number(slots),
  done(id) {
    finished.set(id, performance.now())
    if (finished.size >= target) reached()
  },
  work: () => (workMs ? setTimeout(Math.random() * workMs) : undefined),
  payload: (id) => ({
    barcode: `3210${id}`,
    processing_bucket: '/var/tmp/processing',
    done_bucket: '/var/tmp/done',
    note: 'x'.repeat(Number(NOTE_CHARS)),
  }),
})

await peer.push([...Array(count).keys()].map(String))
const all = when(count)
const startedAt = performance.now()
await peer.start()
await all
await peer.settled?.(count)
const seconds = (performance.now() - startedAt) / 1000

const latencies: number[] = []
for (let i = 0; i < Number(IDLE_TOKENS); i++) {
  const id = String(count + i)
  const one = when(finished.size + 1)
  const pushedAt = performance.now()
  await peer.push([id])
  await one
  latencies.push(finished.get(id)! - pushedAt)
  await setTimeout(20)
}
latencies.sort((a, b) => a - b)

const hopsPerSecond = Math.round((count * hops) / seconds)
const idleP50Ms = latencies[latencies.length >> 1]
const rssMb = Math.round(process.memoryUsage().rss / 1e6)
process.stdout.write(
  `${JSON.stringify({ peer: name, hopsPerSecond, idleP50Ms, rssMb, durability: peer.durability })}\n`,
)
await Promise.race([peer.stop(), setTimeout(3000)])
rmSync(folder, { recursive: true, force: true })
process.exit(0)

function when(size: number): Promise<void> {
  target = size
  return new Promise((resolve) => {
    reached = resolve
  })
}
