import { isDeepStrictEqual } from 'node:util'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import type { Backend } from '../../src/queue/backend.ts'
import type { Change, Push } from '../../src/queue/change.ts'
import { serveBackend } from '../../src/serve/serve-backend.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { chances } from '../backends/http/machines.ts'
import { patience } from '../on/kind.ts'
import { openUsual } from '../on/open.ts'

const foreign = ['books/check', 'books/output', 'secret/only']
const queues = ['books/scan', ...foreign]

// Taken out, to see this fail, one after the other: `right: 'work'` of fences, the look at where a letter goes, that of a record,
// `operate` of a take, and that of a gate.
test.each([1, 2, 3])(
  'nothing that a token may do in one queue changes what is in another (seed %i)',
  { timeout: 60_000 * patience },
  async (seed) => {
    const chance = chances(seed)
    const oneOf = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!
    const clock = new FakeClock()
    const backend = await openUsual({ clock })
    const app = fastify()
    onTestFinished(async () => {
      await app.close()
      await backend.close()
    })
    const tokens = [{ token: 'x', may: { work: ['books/scan'], enter: ['books/scan'] } }]
    await app.register(serveBackend(backend, { tokens }))
    for (const workflow of ['books', 'secret']) await backend.declare(declarationOf(workflow))
    const leases = new Map<string, { hop: number; lease: number }>()
    const ids = queues.flatMap((queue) => [0, 1, 2, 3].map((n) => `${queue.replace('/', '-')}-${n}`))
    await fill(backend, leases)

    let accepted = 0
    for (let n = 0; n < 250; n++) {
      const before = await stateOf(backend)
      const count = 1 + Math.floor(chance() * 2)
      const changes = Array.from({ length: count }, () => anyChange())
      const answer = await ask(oneOf(['commit', 'commit', 'batch']), changes)
      if (answer) accepted++
      const after = await stateOf(backend)
      const lost = before.filter(
        (each) => !after.some((other) => each.name === other.name && isDeepStrictEqual(each, other)),
      )
      expect(lost, JSON.stringify(changes)).toEqual([])
      if (n % 10 === 0) await fill(backend, leases)
    }
    expect(accepted).toBeGreaterThan(10)

    function anyChange(): object {
      const queue = chance() < 0.5 ? 'books/scan' : oneOf(queues)
      const id = chance() < 0.5 ? oneOf(ids.slice(0, 4)) : oneOf(ids)
      const { hop, lease } = leases.get(id) ?? { hop: 1, lease: 1 }
      const fence = { queue: chance() < 0.5 ? queueOf(id) : queue, id, hop, lease }
      const workflow = oneOf(['books', 'books', 'secret'])
      return oneOf<() => object>([
        () => ({ kind: 'pop', event: 'moved', ...fence }),
        () => ({ kind: 'postpone', charge: false, delayMs: 0, ...fence }),
        () => ({ kind: 'bury', ...fence }),
        () => ({ kind: 'remember', value: 'changed', ...fence }),
        () => ({
          kind: 'take',
          queue,
          id,
          event: 'cancelled',
          ...(chance() < 0.5 && { unheld: true }),
          skip: true,
        }),
        () => ({ kind: 'take', queue, id, event: 'cancelled', descend: true, unheld: true }),
        () => ({ kind: 'revive', queue, id, skip: true }),
        () => ({ kind: 'mail', workflow, id, name: 'n' }),
        () => ({
          kind: 'put',
          workflow,
          key: oneOf(['k', 'process/x', 'once/x']),
          value: 1,
          ...(chance() < 0.7 && { id }),
        }),
        () => ({ kind: 'drop', workflow, id, key: 'own' }),
        () => ({ kind: 'gate', name: queue, closed: true }),
        () => ({ kind: 'mark', queue, id, set: { m: 1 }, actor: 'x', skip: true }),
        () => ({ kind: 'line', event: 'noted', queue, id, actor: 'x', reason: 'x' }),
        () => pushOf(queue, id, { hop: hop + 1 }),
        () => pushOf(queue, id, { enter: oneOf(['refuse', 'ignore', 'replace']) }),
        () =>
          pushOf(queue, `new-${n()}`, {
            enter: 'refuse',
            reply: { workflow, id: oneOf(ids), hop: 1, name: 'r', key: 'k' },
          }),
      ])()
    }

    function n(): number {
      return Math.floor(chance() * 1e6)
    }

    async function ask(route: string, changes: readonly object[]): Promise<boolean> {
      const body = { changes }
      const payload = route === 'batch' ? { requests: [{ to: 'commit', body }] } : body
      const headers = { authorization: 'Bearer x' }
      const answer = await app.inject({ method: 'POST', url: `/${route}`, headers, payload })
      const { status = answer.statusCode } = JSON.parse(answer.body) as { status?: number }
      expect(status).not.toBe(500)
      return status === 200
    }
  },
)

function declarationOf(workflow: string) {
  const own = queues.filter((queue) => queue.startsWith(`${workflow}/`))
  const specs = own.map((name) => ({ name, role: name.endsWith('output') ? 'output' : 'stage' }) as const)
  return { workflow, queues: specs, fingerprint: '1' }
}

const queueOf = (id: string) => id.replace(/-\d+$/, '').replace('-', '/')

function pushOf(
  queue: string,
  id: string,
  { hop = 1, ...more }: Partial<Push> & { readonly hop?: number },
): Push {
  const token = { id, hop, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue, token, value: 'v', ...more }
}

/** Puts back what has left, leases half of all, and gives each token of the others a record. */
async function fill(backend: Backend, leases: Map<string, { hop: number; lease: number }>): Promise<void> {
  for (const queue of queues)
    for (const n of [0, 1, 2, 3]) {
      const id = `${queue.replace('/', '-')}-${n}`
      const put: Change = { kind: 'put', workflow: queue.split('/')[0]!, id, key: 'own', value: 1 }
      await backend.commit([pushOf(queue, id, { enter: 'ignore' }), put])
      if (n % 2 === 0 || queue.endsWith('output')) continue
      const [row] = await backend.lease(queue, { owner: 'o', leaseMs: 1e9, timeoutMs: 1e9, ids: [id] })
      if (row) leases.set(id, row)
    }
}

/** All that the token must not change. */
async function stateOf(backend: Backend): Promise<readonly { readonly name: string }[]> {
  const found: { readonly name: string; readonly is: unknown }[] = []
  for (const queue of foreign) {
    const workflow = queue.split('/')[0]!
    for (const row of (await backend.list(queue)).rows) {
      const { letters } = await backend.recall(workflow, row.id)
      const { records } = await backend.records({ workflow, id: row.id })
      const { lines } = (await backend.journey(workflow, row.id))!
      found.push({ name: `${queue} ${row.id}`, is: { row, letters, records, lines } })
    }
  }
  for (const workflow of ['books', 'secret'])
    found.push({
      name: `records of ${workflow}`,
      is: (await backend.records({ workflow })).records.filter(({ key }) => key !== 'process/x'),
    })
  const gates = await backend.gates()
  for (const queue of foreign) {
    const { closed = false, limit } = gates.find(({ name }) => name === queue) ?? {}
    found.push({ name: `gate ${queue}`, is: { closed, limit } })
  }
  return found
}
