import { expect, it, onTestFinished, vi } from 'vitest'
import { postgres } from '../../../src/backends/postgres/postgres.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import type { Change } from '../../../src/queue/change.ts'
import type { Declaration } from '../../../src/queue/declaration.ts'
import { cuts, startCuttingProxy } from '../../postgres/cutting-proxy.ts'
import { postgresUrl, takeSchema } from '../../postgres/schemas.ts'

vi.setConfig({ testTimeout: 300_000 })

// In `npm test` every sixth statement, from another one each time.
const step = process.env['CHAOS'] === 'long' ? 1 : 6

const workflow = 'shop'
const declaration: Declaration = {
  workflow,
  fingerprint: 'v1',
  queues: [
    { name: 'first', role: 'stage', values: 'all' },
    { name: 'second', role: 'stage', values: 'all', behind: [{ gate: 'press' }] },
    { name: 'done', role: 'output', values: 'all' },
  ],
  gates: [{ name: 'press', limit: 2 }],
}
const held = { owner: 'worker', leaseMs: 60_000, timeoutMs: 60_000 }

/** What a worker and a caller do, one after the other; its ids begin with `run`. Returns all that they were told. */
async function work(backend: Backend, run: string): Promise<unknown> {
  const a = `${run}-a`
  const b = `${run}-b`
  const told: unknown[] = []
  const tell = (what: unknown) =>
    told.push(
      JSON.parse(
        JSON.stringify(what)
          .replaceAll(run, 'run')
          .replace(/"rev":\d+/g, '"rev":0'),
      ),
    )
  tell(await backend.commit([enter(a), enter(b, 'second')]))
  tell(
    await Promise.all([
      backend.commit([enter(a)]).catch((error: Error) => error.message),
      ...Array.from({ length: 6 }, (_, n) =>
        backend.commit([enter(`${run}-${n}`, n % 2 ? 'first' : 'done')]),
      ),
    ]),
  )
  const [first] = await backend.lease('first', { ...held, ids: [a], limit: 1 })
  tell(first)
  tell(await backend.extend('worker', [{ queue: 'first', id: a, hop: first!.hop, lease: first!.lease }]))
  tell(await backend.commit([pop('first', first!), push('second', a, 1)]))
  tell(await backend.commit([pop('first', first!), push('second', a, 1)]).catch((error) => error.message))
  const seconds = await backend.lease('second', { ...held, ids: [a, b], limit: 2 })
  tell(seconds)
  for (const each of seconds)
    tell(await backend.commit([pop('second', each), push('done', each.id, each.hop + 1)]))
  tell(await backend.commit([{ kind: 'put', workflow, id: a, key: 'k', value: 1, ifRev: 0 }]))
  tell(await backend.commit([{ kind: 'take', queue: 'done', id: b, event: 'cancelled' }]))
  return told
}

function enter(id: string, queue = 'first'): Change {
  return {
    kind: 'push',
    queue,
    token: { id, hop: 0, frames: [], priority: 0, deploy: 1 },
    value: { id },
    enter: 'refuse',
  }
}

function push(queue: string, id: string, hop: number): Change {
  return { kind: 'push', queue, token: { id, hop, frames: [], priority: 0, deploy: 1 }, value: { id } }
}

function pop(queue: string, { id, hop, lease }: { id: string; hop: number; lease: number }): Change {
  return { kind: 'pop', event: 'moved', queue, id, hop, lease }
}

/** What a database has of the tokens of a run. */
async function found(backend: Backend, run: string): Promise<unknown> {
  const journeys = []
  for (const id of ['a', 'b', '0', '1', '2', '3', '4']) {
    const journey = await backend.journey(workflow, `${run}-${id}`)
    journeys.push([journey?.queue, journey?.lines.map(({ event, queue, hop }) => [event, queue, hop])])
  }
  const { records } = await backend.records({ workflow, id: `${run}-a` })
  return [journeys, records.map(({ key, value }) => [key, value])]
}

it.each(cuts)(
  'whatever statement a connection is cut at (%s), all is done once, and answered so',
  async (how) => {
    const { direct, proxy, through } = await open()
    const wanted = [await work(direct, 'uncut'), await found(direct, 'uncut')]
    let runs = 0
    for (let at = 1 + Math.floor(Math.random() * step); ; at += step) {
      const run = ++runs
      proxy.arm(at, how)
      const told = await work(through, `r${run}`)
      expect([told, await found(direct, `r${run}`)], `cut at statement ${at}`).toEqual(wanted)
      if (!proxy.hasCut) break
    }
    expect(runs * step).toBeGreaterThan(30)
    const counts = await direct.count()
    // Each run leaves three in the first queue, and four in the output.
    expect(counts.map(({ queue, ready, leased }) => [queue, ready, leased])).toEqual([
      ['first', 3 * (runs + 1), 0],
      ['second', 0, 0],
      ['done', 4 * (runs + 1), 0],
    ])
    const pulse = await direct.pulse()
    expect(pulse.queues.map(({ entered, left }) => [entered, left])).toEqual([
      [4 * (runs + 1), runs + 1],
      [2 * (runs + 1), 2 * (runs + 1)],
      [5 * (runs + 1), runs + 1],
    ])
  },
)

it('a session that has lost its client, and does not notice, keeps no others of its process waiting', {
  timeout: 120_000,
}, async () => {
  const { direct, proxy, through } = await open()
  let entered = 0
  // In one statement, and, since there is a reason, in a transaction of several.
  for (const why of [{}, { reason: 'a test' }]) {
    for (let at = 1; ; at++) {
      proxy.arm(at, 'unheard')
      const began = performance.now()
      await through.commit([{ ...enter(`t${++entered}`), ...why } as Change])
      if (!proxy.hasCut) break
      // The server ends such a session after half a minute.
      expect(performance.now() - began, `cut at statement ${at}`).toBeLessThan(15_000)
    }
  }
  expect(entered).toBeGreaterThan(6)
  expect((await direct.count('first'))[0]).toMatchObject({ ready: entered })
})

it('a lease whose answer is lost is refused, so that what it has brought can be given back', async () => {
  const { direct, proxy, through } = await open()
  for (const id of ['a', 'b']) await direct.commit([enter(id)])
  const [held1] = await through.lease('first', { ...held, limit: 1 })
  proxy.arm(1, 'answered')
  const moved = through.commit([pop('first', held1!), push('second', 'a', 1)])
  const lost = through.lease('first', { ...held, limit: 1 }).catch((error: unknown) => error)
  await moved
  expect(await lost).toMatchObject({ code: 'backend' })
  expect(proxy.hasCut).toBe(true)
  expect((await through.extend('worker', [])).strays).toMatchObject([{ id: 'b' }])
  expect((await direct.get('second', 'a'))?.hop).toBe(1)
})

async function open() {
  const schema = takeSchema()
  const direct = await schema.open()
  const proxy = await startCuttingProxy(postgresUrl())
  await direct.declare(declaration)
  const through = await postgres(proxy.url, { schema: schema.name, connections: 2 })
  await through.declare(declaration)
  onTestFinished(async () => {
    await through.close()
    await proxy.close()
    await direct.close()
    await schema.free()
  })
  return { direct, proxy, through }
}
