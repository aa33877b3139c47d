import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { inspect } from 'node:util'
import { context, trace } from '@opentelemetry/api'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Desk, Travel } from '../../src/index.ts'
import { ask } from './ask.ts'
import { textsOf } from './pages.ts'
import { expectShown, importFile, openScene } from './scene.ts'

const only = (language: string, name: string) => textsOf(language, name)[0]!

/** A service that has had enough once. */
async function serveOcr() {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    if (asked.length === 4) response.writeHead(429, { 'retry-after': '1' })
    response.end('two words')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ocr`, asked }
}

it('shows the gates at which scans wait, and lets these through when they are open', async () => {
  const { url, asked } = await serveOcr()
  const { run, work, queues } = await openScene('ocr.ts', `service: ${url}`)
  const { backend } = queues.runtime
  const gateCalled = async (name: string) => (await backend.gates()).find((gate) => gate.name === name)
  await run('npx pipewright seed ocr.ts --ids ann-1,ann-2,bob-1')
  await work('store')
  const [turning, setting] = textsOf('sh', 'limits')
  const [turned, set] = textsOf('text', 'limits')
  expectShown(await run(turning!), turned!)
  expectShown(await run(setting!), set!)
  expect((await ask('queues.db', textsOf('sql', 'limits')[1]!)).map(([, , event]) => event)).toEqual([
    ...['paused', 'resumed', 'paused', 'resumed', 'paused', 'resumed'],
    ...['noted', 'noted', 'noted', 'noted', 'noted'],
  ])
  expect(await gateCalled('ocr')).toMatchObject({ closed: false })

  await run("npx pipewright gate close disk --reason 'no room'")
  const [disk] = await ask('queues.db', only('sql', 'limits'))
  expect(disk).toEqual([
    'disk',
    null,
    'closed',
    12_000_000,
    20_000_000_000,
    expect.any(String),
    'no room',
    null,
  ])
  await run('npx pipewright gate open disk')

  await work('read', 'bill')
  // Three scans of two pages, and the one that was refused: if that was a second page, its first is asked for once more.
  expect([7, 8]).toContain(asked.length)
  expect(await ask('queues.db', 'select id, value from tokens order by id limit 1')).toEqual([
    ['ann-1', '{"tag":"Billed","customer":"ann","words":4}'],
  ])
  const { setRoom } = await importFile<{ setRoom: (...args: unknown[]) => Promise<void> }>('probe.ts')
  await setRoom(backend, 7)
  expect(await gateCalled('disk')).toMatchObject({ held: 0, limit: 7 })
})

it('prints what happens once, and lets one of two requests with a key enter', async () => {
  const { run } = await openScene('flow.ts')
  const said: string[] = []
  const log = vi
    .spyOn(console, 'log')
    .mockImplementation((...parts) =>
      said.push(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' ')),
    )
  onTestFinished(() => log.mockRestore())
  await importFile('letters.ts')
  expect(`${said.join('\n')}\n`).toBe(only('text', 'letters'))
  expectShown(await run(only('sh', 'letters')), only('text', 'letters-sh'))
})

it('adds a bookmark and its token in one transaction, or neither', async () => {
  const { work } = await openScene('flow.ts')
  const { bookmark } = await importFile<{ bookmark: (url: string, person: string) => void }>('bookmarks.ts')
  bookmark('https://vite.dev', 'ann')
  expect(() => bookmark('https://vite.dev', 'bob')).toThrow('UNIQUE')
  expect(() => bookmark(`https://${'x'.repeat(300)}.dev`, 'bob')).toThrow('255')
  await work('read')
  expect(await ask('queues.db', 'select url, person from bookmarks')).toEqual([['https://vite.dev', 'ann']])
  expect(await ask('queues.db', 'select id, value from tokens')).toEqual([
    ['https://vite.dev', '{"tag":"Known","url":"https://vite.dev","host":"vite.dev"}'],
  ])
})

it('repairs tokens by commands, over HTTP, and in code', async () => {
  const { run, work, queues } = await openScene('flow.ts')
  await run('npx pipewright seed flow.ts --ids nodejs,npm,vite.dev')
  await work()
  const [commands, requests] = textsOf('sh', 'repair')
  expectShown(await run(commands!), only('text', 'repair'))
  expectShown(await run(requests!), only('text', 'repair-lines'))
  const { addScheme } = await importFile<{ addScheme: (queues: Travel, id: string) => Promise<string> }>(
    'mend.ts',
  )
  expect(await addScheme(queues, 'vite.dev')).toBe('links/read')
  await work()
  const done = "select id from tokens where queue = 'links/output' order by id"
  expect(await ask('queues.db', done)).toEqual([['nodejs'], ['npm'], ['vite.dev']])
})

it('finds claims by one line, over HTTP, in code, and in SQL', async () => {
  const { run, work, artifacts } = await openScene('claims.ts')
  await run('npx pipewright seed claims.ts --ids north-50,north-2000,north-7000,south-3000')
  await work()
  expectShown(await run(only('sh', 'finding')), only('text', 'finding'))
  expect(await ask('queues.db', only('sql', 'finding'))).toEqual([
    ['north', 2],
    ['south', 1],
  ])
  const { largest } = await importFile<{ largest: (desk: Desk) => Promise<string> }>('find.ts')
  expect(await largest(artifacts['look'] as Desk)).toBe(
    'insurer:north,south: 2 of north, 1 of south; the largest is north-7000',
  )
})

it('shows the board and the metrics, and prints a span of each attempt', async () => {
  const { run, work } = await openScene('flow.ts')
  const dir = vi.spyOn(console, 'dir').mockImplementation(() => {})
  onTestFinished(() => {
    dir.mockRestore()
    trace.disable()
    context.disable()
  })
  writeFileSync('tracing.mjs', only('js', 'tracing.mjs'))
  await import(resolve('tracing.mjs'))
  await run('npx pipewright seed flow.ts --ids https://nodejs.org')
  await work()
  expect(dir.mock.calls.map(([span]) => span)).toMatchObject([
    { name: 'read', attributes: { 'pipewright.token': 'https://nodejs.org', 'pipewright.outcome': 'done' } },
  ])
  const [board, series, processes, ...metrics] = (await run(only('sh', 'operating'))).split('\n')
  expect(JSON.parse(board!)).toMatchObject({
    queues: [{ queue: 'links/read', left: 1 }, {}, {}],
    spanMs: expect.any(Number),
  })
  expect(JSON.parse(series!).points.length).toBeGreaterThan(1)
  expect(JSON.parse(processes!)).toHaveProperty('processes')
  expect(metrics.join('\n')).toContain('pipewright_messages{')
})
