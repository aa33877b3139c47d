import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memory } from '../../src/backends/memory.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/queue/backend.ts'
import type { Change } from '../../src/queue/change.ts'
import type { Filter } from '../../src/queue/filter.ts'
import type { Page } from '../../src/queue/rows.ts'
import type { TallyRequest } from '../../src/queue/tally.ts'
import { Random } from '../../src/testing/backend-model/random.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { ids, marks, numbers, randomFilter, someValue, words } from '../queue/random-filter.ts'

const workflow = 'shop'
const queues = ['first', 'second', 'desk'] as const
const fault = { kind: 'error', name: 'Error', message: 'Torn.' } as const
const seeds = process.env['CHAOS'] === 'long' ? Array.from({ length: 30 }, (_, n) => n) : [1, 2]

/** Both backends, with the same random messages in them. */
async function filled(random: Random) {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  const clock = new FakeClock()
  const file = await sqlite(join(folder, 'queues.db'), { clock })
  onTestFinished(async () => {
    await file.close()
    await rm(folder, { recursive: true })
  })
  const both = [memory({ clock }), file] as const
  const specs = queues.map((name) => ({
    name,
    role: name === 'desk' ? ('review' as const) : ('stage' as const),
  }))
  for (const each of both) await each.declare({ workflow, queues: specs, fingerprint: 'v1' })
  for (const id of ids) {
    const changes = [entry(random, id)]
    for (const each of both) await each.commit(changes)
    await clock.advance(random.below(3))
  }
  for (let n = 0; n < 30; n++) {
    const queue = random.pick(queues)
    const owner = random.pick(['worker', 'person:ann', 'person:me', 'person:none'])
    const request = { owner, leaseMs: random.pick([50, 1e6]), timeoutMs: 1e6, limit: 1 }
    const [leased] = await both[0].lease(queue, request)
    expect(await both[1].lease(queue, request)).toEqual(leased ? [leased] : [])
    if (!leased) continue
    const { id, hop, lease } = leased
    const changes = answer(random, { queue, id, hop, lease })
    for (const each of both) if (changes.length > 0) await each.commit(changes)
  }
  await clock.advance(60)
  // In a file claims are ended when their time is over; other leases stay until the next lease call, in both.
  for (const each of both) await each.lease('desk', { owner: 'w', leaseMs: 1, timeoutMs: 1, limit: 0 })
  for (const each of both) await each.commit([{ kind: 'gate', name: 'second', closed: true }])
  return both
}

function entry(random: Random, id: string): Change {
  const some = marks.filter((name) => name !== 'print' && name !== 'source' && random.below(2) === 0)
  const value = random.pick<unknown>([
    {
      tag: random.pick(words),
      is: random.pick([true, false, null, someValue(random)]),
      pages: [{ n: someValue(random) }],
    },
    { 'a b': { c: someValue(random) }, tag: 7, is: { n: 1 } },
    random.pick([...words, ...numbers]),
    [1, 2],
  ]) as never
  const parent = random.pick([undefined, ids[0]])
  return {
    ...{
      kind: 'push',
      queue: random.pick(queues),
      value,
      enter: 'refuse',
      delayMs: random.pick([0, 0, 40, 1e6]),
    },
    token: { id, hop: 0, frames: [], priority: random.below(3), deploy: random.below(3), parent },
    marks: Object.fromEntries(some.map((name) => [name, someValue(random)])),
    text: someText(random),
  }
}

function answer(
  random: Random,
  fence: { readonly queue: string; readonly id: string; readonly hop: number; readonly lease: number },
): readonly Change[] {
  const { id, hop } = fence
  const token = { id, hop: hop + 1, frames: [], priority: 0, deploy: 2 }
  const onward = { kind: 'push', queue: random.pick(queues), token, value: { tag: 'a' } } as const
  return random.pick<readonly Change[]>([
    [],
    [{ kind: 'postpone', ...fence, delayMs: random.pick([0, 1e6]), charge: true, error: fault }],
    [
      {
        ...{ kind: 'postpone', ...fence, delayMs: random.pick([undefined, 40, 1e6]), charge: false },
        wait: { for: [{ name: 'answer' }] },
        error: random.pick([undefined, fault]),
      },
    ],
    [{ kind: 'bury', ...fence, error: fault }],
    [{ kind: 'pop', ...fence, event: 'failed', error: fault }, onward],
    [
      { kind: 'pop', ...fence, event: 'moved' },
      { ...onward, marks: { class: someValue(random) }, text: someText(random) },
    ],
    [{ kind: 'mark', queue: fence.queue, id, set: {}, actor: 'ann', text: random.pick([null, 'torn page']) }],
    [{ kind: 'mark', queue: fence.queue, id, set: { due: someValue(random), class: null }, actor: 'ann' }],
  ])
}

function someText(random: Random): string | undefined {
  if (random.below(3) === 0) return undefined
  const all = [...words, 'torn', 'page', 'Torn', 'pages', 'torn-page']
  return Array.from({ length: random.below(6) }, () => random.pick(all)).join(' ')
}

async function pages(backend: Backend, of: string | { workflow: string }, page: Page) {
  const rows: unknown[] = []
  for (let after: string | undefined; ; ) {
    const found = await backend.list(of, { ...page, after })
    rows.push(...found.rows.map((row) => JSON.parse(JSON.stringify(row))))
    if (found.next === undefined) return rows
    after = found.next
  }
}

test('SQLite means by each filter, order and tally what the rules mean', { timeout: 120_000 }, async () => {
  let found = 0
  for (const seed of seeds) {
    const random = new Random(seed)
    const both = await filled(random)
    for (let n = 0; n < 200; n++) {
      const only = randomFilter(random, 12)
      const of = random.pick([...queues, { workflow }])
      const order = random.pick([undefined, 'oldest', 'newest'] as const)
      const by = random.pick([undefined, undefined, ...marks])
      const page: Page = {
        only,
        order,
        by,
        limit: random.pick([3, 100]),
        values: random.pick([undefined, false]),
      }
      const [wanted, listed] = [await pages(both[0], of, page), await pages(both[1], of, page)]
      expect(listed, JSON.stringify({ seed, of, page })).toEqual(wanted)
      found += wanted.length
      const tallied = random.pick([
        undefined,
        'queue',
        'status',
        'tag',
        'mark',
        `mark:${random.pick(marks)}`,
      ] as const)
      const request: TallyRequest = { ...(typeof of === 'string' ? { queue: of } : of), only, by: tallied }
      expect(await both[1].tally(request), JSON.stringify({ seed, request })).toEqual(
        await both[0].tally(request),
      )
    }
    for (let n = 0; n < 40; n++) {
      const only = randomFilter(random, 12)
      const suspects = random.pick([undefined, 'exclude', 'only'] as const)
      const request = {
        owner: 'w',
        leaseMs: 1e6,
        timeoutMs: 1e6,
        limit: 2,
        only,
        suspects,
        ...random.pick([{}, { ids }]),
      }
      const queue = random.pick(queues)
      expect(await both[1].lease(queue, request), JSON.stringify({ seed, request })).toEqual(
        await both[0].lease(queue, request),
      )
    }
  }
  expect(found).toBeGreaterThan(1000)
})

test('so it does where no index names few, and rows are looked through in their order', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-'))
  const clock = new FakeClock()
  const file = await sqlite(join(folder, 'queues.db'), { clock })
  onTestFinished(async () => {
    await file.close()
    await rm(folder, { recursive: true })
  })
  const both = [memory({ clock }), file] as const
  const queue = 'first'
  for (const each of both)
    await each.declare({ workflow, queues: [{ name: queue, role: 'stage' }], fingerprint: 'v1' })
  // More than an index may name for it to count as few.
  const count = 11_000
  for (let from = 0; from < count; from += 1000) {
    const changes = Array.from({ length: 1000 }, (_, i): Change => {
      const n = from + i
      const token = { id: `id-${n}`, hop: 0, frames: [], priority: n % 3, deploy: 1 }
      const marks = { class: n % 2 ? 'a' : 7, due: n % 5, ...(n % 7 === 0 && { late: n }) }
      const text = `page ${n} of ${n % 2 ? 'a torn' : 'one'} book`
      return { kind: 'push', queue, token, value: { n: n % 100 }, enter: 'refuse', marks, text }
    })
    for (const each of both) await each.commit(changes)
    await clock.advance(1)
  }
  const filters: readonly Filter[] = [
    { marks: { class: { any: ['a'] } } },
    { marks: { class: { any: [7, null] }, due: { from: 1 } } },
    { marks: { class: { any: ['a'] }, due: { none: [3], to: 4 } } },
    { marks: { due: { from: 1, any: [null, 1, 2, 3] } } },
    { idPrefix: 'id-1', marks: { class: { from: 0 } } },
    { idPart: '99', marks: { late: { none: [null] } } },
    { text: 'torn book' },
    { text: 'torn', marks: { due: { none: [3] } } },
    { text: '"page 77"' },
    { text: '"page 77"*', idPart: '7' },
    { where: [{ path: 'n', is: 42 }] },
  ]
  for (const only of filters) {
    for (const by of [undefined, 'due', 'late'])
      for (const order of ['oldest', 'newest'] as const) {
        const page = { only, by, order, limit: 20, values: false } as const
        const [wanted, found] = [await both[0].list(queue, page), await both[1].list(queue, page)]
        const said = JSON.stringify(page)
        expect(
          found.rows.map(({ id }) => id),
          said,
        ).toEqual(wanted.rows.map(({ id }) => id))
        expect(found.next, said).toBe(wanted.next)
      }
    for (const by of [undefined, 'status', 'mark', 'mark:due', 'mark:class'] as const) {
      const request = { queue, only, by }
      expect(await both[1].tally(request), JSON.stringify(request)).toEqual(await both[0].tally(request))
    }
    const request = { owner: 'w', leaseMs: 1e6, timeoutMs: 1e6, limit: 3, only }
    expect(await both[1].lease(queue, request)).toEqual(await both[0].lease(queue, request))
  }
})
