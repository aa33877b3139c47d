import { expect, test } from 'vitest'
import type { Backend } from '../../src/queue/backend.ts'
import type { Push } from '../../src/queue/change.ts'
import { crashing } from '../../src/testing/index.ts'
import { notOverHttp } from '../on/kind.ts'
import { openUsual } from '../on/open.ts'

test('a process that dies before its commit leaves nothing of it, and can do nothing more', async () => {
  const backend = await opened()
  const mortal = crashing(backend, { before: (n) => n === 2 })
  await mortal.commit([pushing('a')])
  await expect(mortal.commit([pushing('b')])).rejects.toMatchObject({ code: 'backend' })
  expect(mortal.isDead).toBe(true)
  await expectDead(mortal)
  expect(await idsIn(backend)).toEqual(['a'])
})

test('a process that dies after its commit has done it, and gets no answer', async () => {
  const backend = await opened()
  const mortal = crashing(backend, { after: (n) => n === 1 })
  mortal.watch(() => expect.unreachable())
  await expect(mortal.commit([pushing('a')])).rejects.toMatchObject({ code: 'backend' })
  await expectDead(mortal)
  expect(await idsIn(backend)).toEqual(['a'])
})

test('a process dies at its commit even if that is refused', async () => {
  const backend = await opened()
  await backend.commit([pushing('a')])
  const mortal = crashing(backend, { after: () => true })
  await expect(mortal.commit([pushing('a')])).rejects.toThrow()
  await expectDead(mortal)
})

test('a process dies before a lease with nothing leased, after it with a message on which no work begins', async () => {
  const backend = await opened()
  await backend.commit([pushing('a')])
  const request = { owner: 'me', leaseMs: 1000, timeoutMs: 1000 }
  const before = crashing(backend, { leases: { before: (n) => n === 1 } })
  await expect(before.lease('only', request)).rejects.toMatchObject({ code: 'backend' })
  await expectDead(before)
  expect(await backend.count()).toMatchObject([{ queue: 'only', ready: 1 }])

  const after = crashing(backend, { after: () => false, leases: { after: (n) => n === 1 } })
  await after.commit([pushing('b')])
  await expect(after.lease('only', request)).rejects.toMatchObject({ code: 'backend' })
  await expectDead(after)
  expect(await backend.count()).toMatchObject([{ queue: 'only', ready: 1, leased: 1 }])
})

test('a process dies at `die`', async () => {
  const mortal = crashing(await opened(), {})
  expect(mortal.isDead).toBe(false)
  mortal.die()
  expect(mortal.isDead).toBe(true)
  await expectDead(mortal)
})

test('the backend lives on for the next process, its watchers too', async () => {
  notOverHttp('Who listens over HTTP is told once, as that begins, that anything may have happened.')
  const backend = await opened()
  const heard: string[] = []
  backend.watch((queue) => heard.push(`next ${queue}`))
  const mortal = crashing(backend, { before: () => true })
  mortal.watch((queue) => heard.push(`dead ${queue}`))
  await expect(mortal.commit([pushing('a')])).rejects.toThrow()
  await mortal.close()
  await backend.commit([pushing('a')])
  expect(heard).toEqual(['next only'])
})

test('without a crash it is the backend that it wraps', async () => {
  const backend = await opened()
  const mortal = crashing(backend, {})
  await mortal.commit([pushing('a')])
  expect(await mortal.lease('only', { owner: 'me', leaseMs: 9000, timeoutMs: 9000 })).toMatchObject([
    { id: 'a' },
  ])
  expect(await mortal.extend('me', [])).toMatchObject({ strays: [{ id: 'a' }] })
  expect(await mortal.count()).toMatchObject([{ queue: 'only', leased: 1 }])
  await mortal.close()
  await expect(backend.count()).rejects.toMatchObject({ code: 'backend' })
})

async function opened(): Promise<Backend> {
  const backend = await openUsual()
  await backend.declare({ workflow: 'w', queues: [{ name: 'only', role: 'stage' }], fingerprint: '1' })
  return backend
}

function pushing(id: string): Push {
  const token = { id, hop: 1, frames: [], priority: 0, deploy: 1 }
  return { kind: 'push', queue: 'only', token, value: id, enter: 'refuse' }
}

async function idsIn(backend: Backend): Promise<readonly string[]> {
  return (await backend.list('only')).rows.map(({ id }) => id)
}

async function expectDead(mortal: Backend): Promise<void> {
  const dead = { code: 'backend' }
  await expect(mortal.commit([])).rejects.toMatchObject(dead)
  await expect(mortal.lease('only', { owner: 'me', leaseMs: 1, timeoutMs: 1 })).rejects.toMatchObject(dead)
  await expect(mortal.extend('me', [])).rejects.toMatchObject(dead)
  await expect(mortal.get('only', 'a')).rejects.toMatchObject(dead)
  await expect(mortal.list('only')).rejects.toMatchObject(dead)
  await expect(mortal.count()).rejects.toMatchObject(dead)
  await expect(mortal.journey('w', 'a')).rejects.toMatchObject(dead)
  await expect(mortal.commit([{ kind: 'gate', name: 'only', closed: true }])).rejects.toMatchObject(dead)
}
