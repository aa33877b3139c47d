import type { Backend } from 'pipewright'
import type { Change } from 'pipewright/backend'

const rounds = 400

/** The queues between which messages hop. */
export const hopQueues = ['long/first', 'long/second'] as const

/** Prints as JSON what a lease of one message and its hop cost in a database with few tokens and in one with `size`, in turn. */
export async function compareHops(few: Backend, many: Backend, size: number): Promise<void> {
  for (let i = 0; i < 50; i++) for (const backend of [few, many]) await hop(backend)
  const times: Record<'few' | 'many', number[]> = { few: [], many: [] }
  for (let i = 0; i < rounds; i++) {
    times.few.push(await timed(() => hop(few)))
    times.many.push(await timed(() => hop(many)))
  }
  const countMs = await timed(() => many.count())
  await few.close()
  await many.close()
  const result = { size, fewMs: median(times.few), manyMs: median(times.many), countMs }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

async function hop(backend: Backend): Promise<void> {
  const [from, to] = hopQueues
  const [row] = await backend.lease(from, { owner: 'bench', leaseMs: 30_000, timeoutMs: 60_000 })
  const { id, hop: stay, lease, frames, priority, deploy, value } = row!
  const changes: Change[] = [
    { kind: 'pop', queue: from, id, hop: stay, lease, event: 'moved', attempt: 1, workMs: 1 },
    { kind: 'push', queue: to, token: { id, hop: stay + 1, frames, priority, deploy }, value },
  ]
  await backend.commit(changes)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!
}
