import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/index.ts'
import { systemClock } from '../../src/queue/clock.ts'
import { beat } from '../../src/run/presence/beat.ts'
import type { Runtime } from '../../src/run/runtime.ts'
import { makeMetrics } from '../../src/serve/metrics.ts'
import { ask } from './ask.ts'
import { textsOf } from './pages.ts'

const folder = mkdtempSync(join(tmpdir(), 'pipewright-operating-'))
const path = join(folder, 'queues.db')
const page = readFileSync('src/docs/operating.md', 'utf8')
let backend: Backend
let metrics: string

const [decrypt, review, output] = ['books/decrypt', 'books/review', 'books/output']
const lasting = { owner: 'host:1:a', leaseMs: 600_000, timeoutMs: 600_000 }

/** A database in which each of the things has happened that the recipes ask for. */
beforeAll(async () => {
  backend = await sqlite(path)
  const queues = [
    { name: decrypt, role: 'stage' },
    { name: review, role: 'review' },
    { name: output, role: 'output' },
  ] as const
  const { deploy } = await backend.declare({ workflow: 'books', queues, fingerprint: 'v1' })
  const token = (id: string, hop = 0, parent?: string) => ({
    id,
    hop,
    frames: [],
    priority: 0,
    deploy,
    parent,
  })
  const value = { tag: 'Book' }
  const push = { kind: 'push', queue: decrypt, value } as const
  for (const [id, parent] of [['a'], ['b'], ['c', 'a'], ['d', 'a'], ['e']] as const)
    await backend.commit([
      { ...push, token: token(id, 0, parent), enter: 'refuse', delayMs: id === 'e' ? 60_000 : 0 },
    ])
  const [a, b, c] = await backend.lease(decrypt, { ...lasting, limit: 3 })
  const fenced = { queue: decrypt, hop: 1, lease: 1, deploy, workMs: 12 } as const
  const error = { kind: 'error', name: 'TypeError', message: 'It broke.', code: 'E_BROKE' } as const
  const on = (id: string, queue: string, hop: number) => ({ ...push, queue, token: token(id, hop) })
  await backend.commit([
    { kind: 'pop', event: 'moved', ...fenced, id: a!.id, attempt: 1 },
    on('a', output, 2),
    { kind: 'pop', event: 'failed', ...fenced, id: b!.id, attempt: 1, error },
    on('b', review, 2),
    { kind: 'postpone', ...fenced, id: c!.id, attempt: 1, error, delayMs: 60_000, charge: true },
  ])
  const decision = { event: 'decided', actor: 'ann', reason: 'retype', fields: { total: '7' } } as const
  await backend.commit([{ kind: 'take', queue: review, id: 'b', ...decision }, on('b', output, 3)])
  await backend.lease(decrypt, { ...lasting, ids: ['d'] })
  await backend.commit([{ kind: 'gate', name: review, closed: true, actor: 'ann', reason: 'lunch' }])
  beat(
    {
      backend,
      workflow: 'books',
      owner: lasting.owner,
      deploy,
      clock: systemClock,
    } as Runtime,
    {
      name: 'worker',
      stages: { [decrypt]: 3 },
    },
  )
  // What was metered in memory is in the file then.
  await backend.close()
  backend = await sqlite(path)
  metrics = await makeMetrics(backend).read()
})

afterAll(async () => {
  await backend.close()
  rmSync(folder, { recursive: true, force: true })
})

it('answers each question that operators ask', async () => {
  const recipes = textsOf('sql', 'operating')
  expect(recipes).toHaveLength(18)
  for (const sql of recipes) {
    const rows = await ask(path, sql)
    expect(rows, sql).not.toEqual([])
    // An aggregate of nothing would be a row too.
    expect(
      rows[0]!.some((cell) => cell !== null && cell !== 0),
      `${sql} ${JSON.stringify(rows)}`,
    ).toBe(true)
  }
})

it('answers them right', async () => {
  const answer = async (part: string) =>
    ask(path, textsOf('sql', 'operating').find((sql) => sql.includes(part))!)
  expect(await answer('as given_up')).toEqual([
    [decrypt, output, 1, 0],
    [decrypt, review, 0, 1],
    [review, output, 1, 0],
  ])
  expect(await answer('as wait_ms')).toContainEqual([decrypt, expect.any(Number), 12])
  expect(await answer('as percent')).toEqual([[decrypt, 100]])
  expect(await answer("parent = 'a'")).toEqual([
    ['c', decrypt, 'delayed', null],
    ['d', decrypt, 'leased', null],
  ])
  expect(await answer('using (owner)')).toEqual([
    [decrypt, 'd', lasting.owner, expect.any(Number), expect.any(String), process.pid, 1],
  ])
  expect(await answer('as decision,')).toEqual([[expect.any(String), 'b', 'retype', '{"total":"7"}']])
})

it('names each column of the views, and each metric', async () => {
  const isNamed = (name: string) =>
    [name, name.replace(/_ms$/, '')].some((each) => page.includes(`\`${each}\``))
  for (const view of ['messages', 'meters', 'processes']) {
    const columns = await ask(path, `select name from pragma_table_info('${view}')`)
    expect(columns.length).toBeGreaterThan(5)
    expect(
      columns.flat().filter((name) => !isNamed(`${name}`)),
      view,
    ).toEqual([])
  }
  const names = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  const told = [...page.matchAll(/`(pipewright_\w+)`/g)].map(([, name]) => name!)
  expect(told.filter((name) => !names.includes(name))).toEqual([])
})
