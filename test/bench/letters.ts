// How soon a letter starts the work on the token that waits for it, and how soon a push does, in turn, in one process.
// Prints one line of JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Change } from 'pipewright/backend'
import { sqlite } from 'pipewright/sqlite'

const tries = 500
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const path = join(folder, 'queues.db')
const [sender, worker] = [await sqlite(path), await sqlite(path)]
const queue = 'orders/pay'
for (const backend of [sender, worker])
  await backend.declare({ workflow: 'orders', fingerprint: 'a', queues: [{ name: queue, role: 'stage' }] })
let rung: () => void = () => {}
// An open database alone does not keep a process alive.
const alive = setInterval(() => {}, 1000)
const unwatch = worker.watch(() => rung())
const pushes: number[] = []
const letters: number[] = []
for (let i = 0; i < tries; i++) {
  const token = (id: string) => ({ id, hop: 1, frames: [], priority: 0, deploy: 1 })
  pushes.push(
    await heard([{ kind: 'push', queue, token: token(`p${i}`), value: {}, enter: 'refuse' }], `p${i}`),
  )
  const wait = { for: [{ name: 'paid' }] }
  const waiting: Change = { kind: 'push', queue, token: token(`w${i}`), value: {}, enter: 'refuse', wait }
  await sender.commit([waiting])
  await setTimeout(10)
  letters.push(
    await heard([{ kind: 'mail', workflow: 'orders', id: `w${i}`, name: 'paid', value: {} }], `w${i}`),
  )
}
unwatch()
clearInterval(alive)
await sender.close()
await worker.close()
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ letterMs: median(letters), pushMs: median(pushes) })}\n`)

/** Commits, and the milliseconds until the other connection has leased the token. */
async function heard(changes: readonly Change[], id: string): Promise<number> {
  const leased = lease(id)
  await setTimeout(5)
  const startedAt = performance.now()
  await sender.commit(changes)
  return (await leased) - startedAt
}

/** Leases the token as soon as there is news of it, and pops it; resolves with when it was leased. */
async function lease(id: string): Promise<number> {
  for (;;) {
    const ring = new Promise<void>((resolve) => (rung = resolve))
    const [found] = await worker.lease(queue, { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000, limit: 1 })
    const at = performance.now()
    if (found?.id === id) {
      const { hop, lease } = found
      await worker.commit([{ kind: 'pop', queue, id, hop, lease, event: 'popped' }])
      return at
    }
    await ring
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
