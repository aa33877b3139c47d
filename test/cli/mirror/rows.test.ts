import { expect, it } from 'vitest'
import { memory } from '../../../src/backends/memory.ts'
import { Due } from '../../../src/cli/up/mirror/due.ts'
import { History } from '../../../src/cli/up/mirror/history.ts'
import { Leases } from '../../../src/cli/up/mirror/leases.ts'
import { tokenText } from '../../../src/cli/up/mirror/token-file.ts'
import { Touched } from '../../../src/cli/up/mirror/touched.ts'
import type { Row } from '../../../src/queue/rows.ts'

const declaration = {
  workflow: 'app',
  queues: ['app/a', 'app/b'].map((name) => ({ name, role: 'stage' as const })),
  fingerprint: 'x',
}

async function open() {
  const backend = memory()
  await backend.declare(declaration)
  const enter = (id: string) =>
    backend.commit([
      {
        ...{ kind: 'push', queue: 'app/a', enter: 'refuse', value: {} },
        token: { id, hop: 1, frames: [], priority: 0, deploy: 1 },
      },
    ])
  const lease = async () => {
    const request = { owner: 'me', leaseMs: 60_000, timeoutMs: 60_000 }
    return (await backend.lease('app/a', request))[0]!
  }
  const move = async () => {
    const { id, hop, lease: number, frames, priority, deploy } = await lease()
    const token = { id, hop: hop + 1, frames, priority, deploy }
    await backend.commit([
      { kind: 'pop', queue: 'app/a', id, hop, lease: number, event: 'moved' },
      { kind: 'push', queue: 'app/b', token, value: {} },
    ])
  }
  return { backend, enter, lease, move }
}

it('the history says once of each token where it is and where it was, from the beginning on', async () => {
  const { backend, enter, move } = await open()
  await enter('old')
  const history = new History(backend, 'app')
  await history.begin()
  const touched = new Touched()
  expect(await history.read(touched)).toEqual({ lines: 0, more: false })
  await enter('new')
  await move()
  await move()
  expect(await history.read(touched)).toEqual({ lines: 3, more: false })
  const moved = { now: 'app/b', were: new Set(['app/a', 'app/b']) }
  expect([...touched.take()]).toEqual([
    ['new', moved],
    ['old', moved],
  ])
  expect(await history.read(touched)).toEqual({ lines: 0, more: false })
})

it('the history says it when the lines that were followed are gone', async () => {
  const { backend, enter } = await open()
  await enter('a')
  await enter('b')
  const anew = await open()
  await anew.enter('c')
  const switched = { lines: (request?: object) => now.lines(request) }
  let now = backend
  const following = new History(switched, 'app')
  await following.begin()
  now = anew.backend
  await expect(following.read(new Touched())).rejects.toThrow(/has been deleted/)
})

it('a lease is told once it has lasted from one look to the next, and when it has ended without a line', async () => {
  const { backend, enter, lease } = await open()
  await enter('a')
  const leases = new Leases(backend)
  const look = async () => {
    const touched = new Touched()
    await leases.look(await backend.count(), touched)
    return [...touched.take().keys()]
  }
  expect(await look()).toEqual([])
  const { id, hop, lease: number } = await lease()
  expect(await look()).toEqual([])
  expect(await look()).toEqual(['a'])
  expect(await look()).toEqual([])
  await backend.commit([
    { kind: 'postpone', queue: 'app/a', id, hop, lease: number, delayMs: 0, charge: false },
  ])
  expect(await look()).toEqual(['a'])
  expect(await look()).toEqual([])
})

it('a token that becomes ready at a time is looked at then, once', () => {
  const due = new Due()
  due.add('b', 'app/a', 5000)
  due.add('a', 'app/a', 1500)
  const at = (now: number) => {
    const touched = new Touched()
    due.look(now, touched)
    return [...touched.take().keys()]
  }
  expect([1400, 2000, 2000, 4999, 5000, 9000].map(at)).toEqual([[], ['a'], [], [], ['b'], []])
})

const row: Row = {
  ...{
    id: 'a',
    hop: 2,
    frames: [],
    priority: 0,
    deploy: 1,
    lease: 1,
    attempts: 3,
    crashes: 0,
    suspect: false,
  },
  ...{ status: 'delayed', enteredAt: 0, dueAt: 60_000, rev: 0, value: { tag: 'Asked', n: 1 } },
  error: { kind: 'error', name: 'TypeError', message: 'fetch failed' },
}

it('the file of a token says what it waits for, and the last fault, in keys that stay', () => {
  expect(JSON.parse(tokenText('app/b', row))).toEqual({
    ...{ id: 'a', queue: 'app/b', tag: 'Asked', status: 'delayed', hop: 2, attempts: 3 },
    ...{ since: '1970-01-01T00:00:00.000Z', until: '1970-01-01T00:01:00.000Z' },
    ...{ reason: 'TypeError: fetch failed.', value: { tag: 'Asked', n: 1 } },
  })
  const waiting = {
    ...row,
    status: 'waiting' as const,
    waits: { for: [{ name: 'child', count: 2, missing: 1 }] },
  }
  expect(JSON.parse(tokenText('app/b', waiting))).toMatchObject({ waitsFor: ['child'] })
  const leased = { ...row, status: 'leased' as const, owner: 'ann', dueAt: undefined }
  expect(JSON.parse(tokenText('app/b', leased))).toMatchObject({ status: 'leased', owner: 'ann' })
})

it('a value of more than 64 KB is left out, and its size said', () => {
  const long = JSON.parse(tokenText('app/b', { ...row, value: { tag: 'Asked', text: 'x'.repeat(65_536) } }))
  expect(long).toMatchObject({ tag: 'Asked', valueBytes: 65_536 + 25 })
  expect(long).not.toHaveProperty('value')
  const nested = Array.from({ length: 15_000 }, () => [1])
  expect(JSON.parse(tokenText('app/b', { ...row, value: nested })).value).toHaveLength(15_000)
})
