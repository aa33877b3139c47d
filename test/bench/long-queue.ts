// What a claim and a hop cost with many messages waiting: SIZE ready ones and SIZE delayed ones of higher priority.
// usage: long-queue.ts SIZE
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from 'pipewright/backend'
import { sqlite } from 'pipewright/sqlite'

const size = Number(process.argv[2] ?? 1000)
const rounds = 400
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const backend = await sqlite(join(folder, 'queues.db'))
const names = ['long/first', 'long/second']
await backend.declare({
  workflow: 'long',
  queues: names.map((name) => ({ name, role: 'stage' })),
  fingerprint: '',
})

for (let i = 0; i < size; i += 2500) {
  const some = [...Array(Math.min(2500, size - i)).keys()].map((k) => i + k)
  await Promise.all(some.flatMap((k) => [enter(`r${k}`, 0), enter(`d${k}`, -1, 86_400_000)]))
}
for (let i = 0; i < 50; i++) await hop()
const timesMs: number[] = []
for (let i = 0; i < rounds; i++) {
  const startedAt = performance.now()
  await hop()
  timesMs.push(performance.now() - startedAt)
}
timesMs.sort((a, b) => a - b)
await backend.close()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(
  `${JSON.stringify({ size, medianMs: timesMs[rounds >> 1], p90Ms: timesMs[Math.floor(rounds * 0.9)] })}\n`,
)

function enter(id: string, priority: number, delayMs?: number): Promise<void> {
  const token = { id, hop: 1, frames: [], priority, deploy: 1 }
  return backend.commit([
    { kind: 'push', queue: names[0]!, token, value: { barcode: id }, enter: 'refuse', delayMs },
  ])
}

async function hop(): Promise<void> {
  const [row] = await backend.lease(names[0]!, { owner: 'bench', leaseMs: 30_000, timeoutMs: 60_000 })
  const { id, hop: stay, lease, frames, priority, deploy, value } = row!
  const changes: Change[] = [
    { kind: 'pop', queue: names[0]!, id, hop: stay, lease, event: 'moved', attempt: 1, workMs: 1 },
    { kind: 'push', queue: names[1]!, token: { id, hop: stay + 1, frames, priority, deploy }, value },
  ]
  await backend.commit(changes)
}
