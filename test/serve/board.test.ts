import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import type { Backend } from '../../src/index.ts'
import { beat } from '../../src/run/presence/beat.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { Scan, serveScans } from './rig.ts'

const sharpen = 'scans/sharpen'

/** A served workflow in which two scans wait, and one was worked on for 40 ms and went to a desk. */
async function busyScans() {
  const clock = new FakeClock()
  const served = await serveScans({}, await openUsual({ clock }), clock)
  const { backend, queues } = served
  for (const id of ['a', 'b', 'c']) await queues.input.push(id, Scan({ page: id }))
  await clock.advance(3000)
  const [leased] = await backend.lease(sharpen, { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000 })
  const { id, hop, lease } = leased!
  const token = { id, hop: hop + 1, frames: [], priority: 0, deploy: 1 }
  await backend.commit([
    { kind: 'pop', event: 'failed', queue: sharpen, id, hop, lease, workMs: 40 },
    { kind: 'push', queue: 'scans/look', token, value: { tag: 'Blurred', page: id, why: 'x' } },
  ])
  await clock.advance(57_000)
  return { ...served, clock }
}

it('shows the workflow live: what waits, how fast it goes, where to, and who works on it', async () => {
  const { ask, queues } = await busyScans()
  const idle = (await ask('GET', '/board')).body
  expect(idle.spanMs).toBe(60_000)
  expect(idle.queues.find(({ queue }: { queue: string }) => queue === sharpen)).toMatchObject({
    ...{ ready: 2, dead: 0, entered: 3, left: 1, works: false, grows: true },
    ...{ enteredPerMinute: 3, leftPerMinute: 1, failedPerMinute: 1 },
    oldestAt: '2030-01-01T00:00:00.000Z',
  })
  expect(idle.edges).toEqual([{ from: sharpen, to: 'scans/look', perMinute: 1 }])
  const end = beat(queues.runtime, { name: 'worker', stages: { [sharpen]: 4 } })
  const processes = async () => (await ask('GET', '/processes')).body.processes
  await expect.poll(processes).toMatchObject([
    {
      pid: process.pid,
      name: 'worker',
      deploy: 1,
      stages: { [sharpen]: 4 },
      startedAt: '2030-01-01T00:01:00.000Z',
    },
  ])
  const [first] = (await ask('GET', '/board?window=60000')).body.queues
  expect(first).toMatchObject({ queue: sharpen, works: true, slots: 4 })
  expect(first.age.p50).toBeGreaterThan(2048)
  expect(first.age.p50).toBeLessThan(4096)
  expect(first.work).toEqual({ p50: 48, p99: expect.closeTo(64, 0) })
  await end()
  expect((await ask('GET', '/processes')).body).toEqual({ processes: [] })
})

it('counts those that wait for letters, on the board and in the metrics', async () => {
  const {
    server: { url },
    ask,
    backend,
  } = await busyScans()
  const token = { id: 'd', hop: 1, frames: [], priority: 0, deploy: 1 }
  const wait = { for: [{ name: 'ink' }] }
  await backend.commit([
    { kind: 'push', queue: sharpen, token, value: Scan({ page: 'd' }), enter: 'refuse', wait },
  ])
  const { queues } = (await ask('GET', '/board')).body
  expect(queues[0]).toMatchObject({ queue: sharpen, ready: 2, waiting: 1, entered: 4, left: 1 })
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text).toContain(
    `pipewright_messages{workflow="scans",queue="${sharpen}",status="waiting",role="stage"} 1`,
  )
})

it('says how a queue did step by step', async () => {
  const { ask, clock } = await busyScans()
  await clock.advance(60_000)
  const path = `/queues/${encodeURIComponent(sharpen)}/series?window=180000&stepMs=60000`
  const { points } = (await ask('GET', path)).body
  expect(points.map(({ enteredPerMinute }: { enteredPerMinute: number }) => enteredPerMinute)).toEqual([
    0, 3, 0,
  ])
  expect((await ask('GET', '/queues/scans%2Fnowhere/series')).status).toBe(404)
  expect((await ask('GET', '/board?window=1')).status).toBe(400)
})

it('gives Prometheus its metrics: gauges, counters that only grow, and histograms', async () => {
  const {
    server: { url },
    backend,
    clock,
    queues,
  } = await busyScans()
  const read = async () => (await fetch(`${url}/metrics`)).text()
  const answer = await fetch(`${url}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  const labels = `workflow="scans",queue="${sharpen}"`
  for (const line of [
    `pipewright_messages{${labels},status="ready",role="stage"} 2`,
    `pipewright_entered_total{${labels}} 3`,
    `pipewright_left_total{${labels}} 1`,
    `pipewright_failed_attempts_total{${labels}} 1`,
    `pipewright_oldest_seconds{${labels}} 60`,
    `pipewright_wait_seconds_bucket{${labels},le="2.048"} 0`,
    `pipewright_wait_seconds_bucket{${labels},le="4.096"} 1`,
    `pipewright_wait_seconds_bucket{${labels},le="+Inf"} 1`,
    `pipewright_work_seconds_sum{${labels}} 0.04`,
    `pipewright_processes{workflow="scans"} 0`,
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).toContain('# TYPE pipewright_wait_seconds histogram')
  // However often it is asked, and at once, each minute counts once.
  for (let minute = 0; minute < 4; minute++) {
    await Promise.all([read(), read()])
    await clock.advance(60_000)
  }
  await backend.lease(sharpen, { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000 })
  await queues.input.push('d', Scan({ page: 'd' }))
  const later = (await read()).split('\n')
  expect(later).toContain(`pipewright_wait_seconds_count{${labels}} 2`)
  expect(later).toContain(`pipewright_failed_attempts_total{${labels}} 1`)
  expect(later).toContain(`pipewright_entered_total{${labels}} 4`)
})

it('asks for the token where there is one, in a served backend too', async () => {
  const { url } = (await serveScans({ token: 'secret' })).server
  const statusOf = async (path: string, token?: string) =>
    (await fetch(path, token ? { headers: { authorization: `Bearer ${token}` } } : {})).status
  for (const path of ['/metrics', '/board', '/processes']) {
    expect(await statusOf(`${url}${path}`)).toBe(401)
    expect(await statusOf(`${url}${path}`, 'secret')).toBe(200)
  }
  const served = await serve(await openUsual())
  expect(await statusOf(`${served}/metrics`)).toBe(401)
  expect(await statusOf(`${served}/metrics`, 'secret')).toBe(200)
})

async function serve(backend: Backend): Promise<string> {
  const app = fastify({ forceCloseConnections: true })
  await app.register(serveBackend(backend, { token: 'secret' }))
  onTestFinished(() => app.close())
  return app.listen({ host: '127.0.0.1', port: 0 })
}
