import { expect, onTestFinished, test, vi } from 'vitest'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Change } from '../../../src/queue/change.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { takeSchema } from '../../postgres/schemas.ts'
import { watchedPool } from '../../postgres/watched-pool.ts'

const [zero, first] = ['shop/zero', 'shop/first']
const soon = { timeout: 5000, interval: 5 }
const asking = { owner: 'ann', leaseMs: 60_000, timeoutMs: 60_000, limit: 1, suspects: 'exclude' } as const

/** A backend by whose clock no time passes, and how many looks for what waits have ended. */
async function open(): Promise<{ readonly backend: Backend; readonly looks: () => number }> {
  let looks = 0
  const pool = watchedPool({ max: 4 }, (text, answer) => {
    if (text.includes('pw_look')) void answer.then(() => looks++)
  })
  const schema = takeSchema()
  const backend = await schema.open({ clock: new FakeClock(), pool })
  onTestFinished(async () => {
    await backend.close()
    await pool.end()
    await schema.free()
  })
  const queues = [zero, first].map((name) => ({ name, role: 'stage' as const }))
  await backend.declare({ workflow: 'shop', fingerprint: '', queues })
  return { backend, looks: () => looks }
}

function entering(id: string, queue = first): Change {
  const token = { id, hop: 0, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue, token, value: 1, enter: 'ignore' }
}

/** Leases as a worker loop does: one request under way, another when it is told of something meanwhile. */
async function intake({ backend, looks }: Awaited<ReturnType<typeof open>>): Promise<readonly string[]> {
  const got: string[] = []
  let isAsking = false
  let isWoken = false
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    isWoken = false
    const rows = await backend.lease(first, asking)
    got.push(...rows.map(({ id }) => id))
    isAsking = false
    if (rows.length > 0 || isWoken) await ask()
  }
  onTestFinished(
    backend.watch((name) => {
      if (name !== undefined && name !== first) return
      isWoken = true
      void ask()
    }),
  )
  await ask()
  // One as it begins to watch, and one when it is told by others.
  await vi.waitFor(() => expect(looks()).toBe(2), soon)
  return got
}

test('one whose id is known keeps no other message from being leased as it comes', async () => {
  const opened = await open()
  const { backend } = opened
  await backend.commit([entering('known')])
  await backend.lease(first, asking)
  const got = await intake(opened)
  await Promise.all([backend.commit([entering('known')]), backend.commit([entering('fresh')])])
  await vi.waitFor(() => expect(got).toEqual(['fresh']), soon)
})

test('one whose lease is lost keeps no other message from being leased as it comes', async () => {
  const opened = await open()
  const { backend } = opened
  for (const id of ['a', 'b']) await backend.commit([entering(id, zero)])
  const [a, b] = await backend.lease(zero, { ...asking, limit: 2 })
  const got = await intake(opened)
  const hop = ({ id, hop }: { id: string; hop: number }, lease: number): readonly Change[] => [
    { kind: 'pop', event: 'moved', queue: zero, id, hop, lease },
    { kind: 'push', queue: first, token: { id, hop: hop + 1, frames: [], priority: 0, deploy: 1 }, value: 1 },
  ]
  const moved = await Promise.allSettled([backend.commit(hop(a!, 7)), backend.commit(hop(b!, 1))])
  expect(moved.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  await vi.waitFor(() => expect(got).toEqual(['b']), soon)
})
