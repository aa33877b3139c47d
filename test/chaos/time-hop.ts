import type { Backend, Json } from '../../src/index.ts'
import type { Ledger } from './ledger.ts'

const times = 5

/** The median time of a lease and a hop that share no transaction with others, in milliseconds; NaN if nothing waits at the first stage. */
export async function timeHop(backend: Backend, ledger: Ledger): Promise<number> {
  const taken: number[] = []
  for (let n = 0; n < times; n++) {
    const ms = await hop(backend, ledger)
    if (ms !== undefined) taken.push(ms)
  }
  return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)] ?? Number.NaN
}

async function hop(backend: Backend, ledger: Ledger): Promise<number | undefined> {
  const queue = 'travel/one'
  const startedAt = performance.now()
  const [row] = await backend.lease(queue, {
    owner: 'soak',
    leaseMs: 60_000,
    timeoutMs: 60_000,
    suspects: 'exclude',
  })
  if (!row) return undefined
  const { id, hop, lease, deploy } = row
  const run = ledger.nextRun()
  ledger.write('end', `${id}:${hop}`, run)
  const value: Json = { tag: 'S2', runs: [run] }
  await backend.commit([
    { kind: 'pop', queue, id, hop, lease, event: 'moved' },
    {
      kind: 'push',
      queue: 'travel/two',
      token: { id, hop: hop + 1, frames: [], priority: 0, deploy },
      value,
    },
  ])
  ledger.write('told', `${id}:${hop}`, run)
  return performance.now() - startedAt
}
