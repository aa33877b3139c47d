import { expect, it } from 'vitest'
import * as z from 'zod'
import { type Backend, BackendError, makeQueues, stage, worker } from '../../src/index.ts'
import type { Change } from '../../src/queue/contract.ts'
import { silent } from '../../src/run/log.ts'
import { crashing, FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { Going, makeRounds } from './rounds.ts'

const hand = stage({
  input: z.string(),
  output: z.number(),
  leaseMs: 3000,
  timeoutMs: 60_000,
  artifact: (ends) => ends,
})

async function open() {
  const clock = new FakeClock()
  const backend = await openUsual({ clock })
  const queues = await makeQueues(hand, backend, 'count', { clock, owner: 'me' })
  const events = async (id: string) => (await backend.journey('count', id))!.lines.map(({ event }) => event)
  const where = async (id: string) => (await backend.journey('count', id))!.queue
  return { clock, backend, queues, ends: queues.artifacts(), events, where }
}

it('hops in one commit when the result is pushed; the pop that follows has nothing left to do', async () => {
  const { queues, ends, events, where } = await open()
  await queues.input.push('a', 'four')
  const { id, value, ...rest } = await ends.input.read()
  expect({ id, value }).toEqual({ id: 'a', value: 'four' })
  expect(rest).toEqual({ hop: 1, lease: 1, key: 'a:1', stageKey: 'a@count/main', attempt: 1 })
  await ends.output.push(id, value.length)
  expect(await where('a')).toBe('count/output')
  await ends.input.pop(id)
  expect(await events('a')).toEqual(['entered', 'moved'])
  expect(await queues.output.get('a')).toBe(4)
})

it('refuses a pop without a push, and keeps the message in hand', async () => {
  const { queues, ends } = await open()
  await queues.input.push('a', 'four')
  await ends.input.read()
  await expect(ends.input.pop('a')).rejects.toThrow(
    'Token "a" would vanish from queue "count/main": push it to the output (that is the hop), or discard it with a reason.',
  )
  await ends.output.push('a', 4)
  await expect(queues.output.count()).resolves.toBe(1)
})

/** A stage whose tokens come back to it until nothing is left. */
async function openRounds() {
  const queues = await makeQueues(makeRounds(), await openUsual(), 'rounds')
  await queues.input.push('a', Going({ left: 3 }))
  return { queues, ...queues.artifacts().round }
}

it('refuses a pop without a push also of a token that has come back', async () => {
  const { input, output } = await openRounds()
  await input.read()
  await output.push('a', 2)
  await input.read()
  await expect(input.pop('a')).rejects.toThrow('Token "a" would vanish from queue "rounds/round"')
  await output.push('a', 1)
  await input.pop('a')
  expect(await input.get('a')).toBe(1)
})

it('lets each loop of a stage pop what it has pushed, also when another has answered the token since', async () => {
  const { input, output, queues } = await openRounds()
  await input.read()
  await output.push('a', 2)
  // Another loop is quicker than the pop of the first.
  await input.read()
  await output.push('a', 0)
  await input.pop('a')
  await input.pop('a')
  await expect(input.pop('a')).rejects.toThrow('read it first')
  expect(await queues.output.count()).toBe(1)
})

it('refuses every answer to a message that was not read', async () => {
  const { queues, ends } = await open()
  await queues.input.push('a', 'four')
  const refusal = { code: 'lease_lost', message: expect.stringContaining('is held here: read it first.') }
  await expect(ends.output.push('a', 4)).rejects.toMatchObject(refusal)
  await expect(ends.input.pop('a')).rejects.toMatchObject(refusal)
  await expect(ends.input.discard('a', 'x')).rejects.toMatchObject(refusal)
  await expect(ends.input.release('a')).rejects.toMatchObject(refusal)
})

it('answers a message once', async () => {
  const { queues, ends } = await open()
  await queues.input.push('a', 'four')
  await ends.input.read()
  const both = await Promise.allSettled([ends.output.push('a', 4), ends.output.push('a', 5)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await queues.output.count()).toBe(1)
})

it('keeps a message in hand whose result is refused', async () => {
  const { queues, ends } = await open()
  await queues.input.push('a', 'four')
  await ends.input.read()
  await expect(ends.output.push('a', 'x' as any)).rejects.toMatchObject({ code: 'invalid' })
  await ends.output.push('a', 4)
  expect(await queues.output.get('a')).toBe(4)
})

it('discards with a reason', async () => {
  const { backend, queues, ends } = await open()
  await queues.input.push('a', 'four')
  await ends.input.read()
  await ends.input.discard('a', 'of no use')
  const journey = await backend.journey('count', 'a')
  expect(journey!.queue).toBeUndefined()
  expect(journey!.lines).toMatchObject([{ event: 'entered' }, { event: 'discarded', reason: 'of no use' }])
})

it('moves and releases', async () => {
  const { backend, queues, ends, where } = await open()
  await queues.input.push('a', 'four')
  const message = await ends.input.read()
  await ends.input.release('a', 5000)
  expect(await backend.get('count/main', 'a')).toMatchObject({ status: 'delayed', attempts: 0 })
  await queues.input.push('b', 'six')
  await ends.input.move(await ends.input.read(), ends.output, 3)
  expect(await where('b')).toBe('count/output')
  await expect(ends.input.move(message, ends.output, 4)).rejects.toMatchObject({ code: 'lease_lost' })
})

it('plans a hop without doing it', async () => {
  const { queues, ends, where } = await open()
  await queues.input.push('a', 'four')
  await ends.input.read()
  const token = { id: 'a', hop: 2, frames: [], priority: 0, deploy: 1 }
  expect(await ends.output.plan(token, 4)).toEqual([{ kind: 'push', queue: 'count/output', token, value: 4 }])
  expect(await where('a')).toBe('count/main')
})

it('waits for a message until its signal aborts', async () => {
  const { queues, ends } = await open()
  const stop = new AbortController()
  const reading = ends.input.read(stop.signal)
  await queues.input.push('a', 'four')
  expect(await reading).toMatchObject({ id: 'a' })
  const second = ends.input.read(stop.signal)
  stop.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  await expect(ends.input.read(stop.signal)).rejects.toThrow('enough')
})

it('notices an abort that comes just when it was woken for nothing', async () => {
  const { backend, clock } = await open()
  const stop = new AbortController()
  const none = { ...backend, lease: async () => [] }
  const { artifacts, input } = await makeQueues(hand, none, 'count', { clock })
  const reading = artifacts().input.read(stop.signal)
  await new Promise(setImmediate)
  const pushed = input.push('a', 'four')
  // The push wakes the reader in this turn; the abort comes before the reader has gone on.
  stop.abort(new Error('enough'))
  await Promise.all([pushed, expect(reading).rejects.toThrow('enough')])
})

it('lets go of a message whose lease is lost, and not of the same one read again', async () => {
  const { backend, clock, queues, ends } = await open()
  await queues.input.push('a', 'four')
  const first = await ends.input.read()
  const { lease } = (await backend.get('count/main', 'a'))!
  // An administrator gives it back; it is read again before the keeper has noticed.
  const fence = { queue: 'count/main', id: 'a', hop: first.hop, lease }
  await backend.commit([{ kind: 'postpone', ...fence, delayMs: 0, charge: false }])
  const again = await ends.input.read()
  await clock.advance(3000)
  await ends.output.push(again, 4)
  expect(await queues.output.get('a')).toBe(4)

  await queues.input.push('b', 'six')
  await ends.input.read()
  await backend.commit([{ kind: 'take', queue: 'count/main', id: 'b', event: 'cancelled' }])
  await clock.advance(3000)
  await expect(ends.output.push('b', 3)).rejects.toThrow('is gone')
})

it('buries what does not fit and reads on', async () => {
  const { backend, queues, ends } = await open()
  const token = { id: 'odd', hop: 1, frames: [], priority: 0, deploy: 1 }
  await backend.commit([{ kind: 'push', queue: 'count/main', value: 7, enter: 'refuse', token }])
  await queues.input.push('a', 'four')
  expect(await ends.input.read()).toMatchObject({ id: 'a' })
  expect(await backend.get('count/main', 'odd')).toMatchObject({ status: 'dead' })
})

it('gives up a message that crashed its readers too often', async () => {
  const { backend, clock, queues, ends } = await open()
  await queues.input.push('bad', 'x')
  for (let crash = 1; crash <= 4; crash++) {
    await backend.lease('count/main', { owner: 'other', leaseMs: 1000, timeoutMs: 60_000, alone: true })
    await clock.advance(1000)
  }
  await queues.input.push('a', 'four')
  expect(await ends.input.read()).toMatchObject({ id: 'a' })
  await ends.output.push('a', 4)
  const stop = new AbortController()
  const reading = ends.input.read(stop.signal)
  await clock.advance(1000)
  await expect.poll(async () => (await backend.get('count/main', 'bad'))!.status).toBe('dead')
  stop.abort()
  await expect(reading).rejects.toThrow()
})

it('takes finished tokens out of the output queue, or gives them back', async () => {
  const { backend, clock, queues, ends } = await open()
  for (const id of ['a', 'b', 'c']) {
    await queues.input.push(id, id)
    await ends.input.read()
    await ends.output.push(id, 1)
  }
  const { output } = queues
  await expect(output.pop('a')).rejects.toMatchObject({ code: 'lease_lost' })
  expect((await output.read()).id).toBe('a')
  await output.pop('a')
  expect((await output.read()).id).toBe('b')
  await output.release('b', 1000)
  expect((await output.read()).id).toBe('c')
  await output.discard('c', 'seen')
  await clock.advance(1000)
  expect((await output.read()).id).toBe('b')
  const journey = await backend.journey('count', 'a')
  expect(journey!.finishedAt).toBeTypeOf('number')
  expect(journey!.lines.at(-1)!.event).toBe('popped')
})

it('moves a finished token into another workflow in one commit, or leaves it where it is', async () => {
  const { backend, clock, queues, ends } = await open()
  const next = worker({ input: z.number(), output: z.number(), process: (n) => n })
  await makeQueues(hand, backend, 'count', { clock })
  const other = await makeQueues(next, backend, 'other', { clock })
  await queues.input.push('a', 'four')
  await ends.input.read()
  await ends.output.push('a', 4)
  const message = await queues.output.read()
  await expect(queues.output.move(message, other.input, 'x' as any)).rejects.toMatchObject({
    code: 'invalid',
  })
  await queues.output.move(message, other.input, message.value)
  expect((await backend.journey('count', 'a'))!.queue).toBeUndefined()
  expect((await backend.journey('other', 'a'))!.queue).toBe('other/main')

  await queues.input.push('b', 'x')
  await ends.input.read()
  await ends.output.push('b', 1)
  await other.input.push('b', 9)
  await expect(queues.output.move(await queues.output.read(), other.input, 1)).rejects.toMatchObject({
    code: 'conflict',
  })
  expect((await backend.journey('count', 'b'))!.queue).toBe('count/output')
})

it('writes into another workflow as a deploy of that workflow', async () => {
  const { backend, clock } = await open()
  const version = (leaseMs: number, was: string[]) =>
    stage({ input: z.string(), output: z.number(), leaseMs, was, artifact: (ends) => ends })
  const newer = await makeQueues(version(1000, ['older']), backend, 'count', { clock })
  const ends = newer.artifacts()
  const next = worker({ input: z.number(), output: z.number(), process: (n) => n })
  const other = await makeQueues(next, backend, 'other', { clock })
  expect([newer.runtime.deploy, other.runtime.deploy]).toEqual([2, 1])
  await newer.input.push('a', 'x')
  await ends.input.read()
  await ends.output.push('a', 1)
  await newer.output.move(await newer.output.read(), other.input, 1)
  expect(await backend.get('other/main', 'a')).toMatchObject({ deploy: 1 })
})

it('takes a reader that crashes for one that crashes, however short its timeout', async () => {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  const backend = crashing(inner, {})
  const short = stage({ input: z.string(), output: z.number(), timeoutMs: 1000, artifact: (ends) => ends })
  const queues = await makeQueues(short, backend, 'count', { clock, owner: 'me' })
  await queues.input.push('a', 'four')
  await queues.artifacts().input.read()
  backend.die()
  await clock.advance(60_000)
  await inner.lease('count/main', { owner: 'other', leaseMs: 1000, timeoutMs: 1000, limit: 0 })
  expect(await inner.get('count/main', 'a')).toMatchObject({ attempts: 0, suspect: true })
})

it('holds a message that does not fit until what becomes of it is committed', async () => {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  let isFull = true
  const commit = async (changes: readonly Change[]) => {
    if (isFull && changes.some(({ kind }) => kind === 'bury')) throw new BackendError('The disk is full.')
    return inner.commit(changes)
  }
  const queues = await makeQueues(hand, { ...inner, commit }, 'count', { clock, owner: 'me' })
  const token = { id: 'odd', hop: 1, frames: [], priority: 0, deploy: 1 }
  await inner.commit([{ kind: 'push', queue: 'count/main', value: 7, enter: 'refuse', token }])
  await queues.input.push('a', 'four')
  const reading = queues.artifacts().input.read()
  await clock.advance(30_000)
  expect(await inner.get('count/main', 'odd')).toMatchObject({ status: 'leased', suspect: false })
  isFull = false
  await clock.advance(1000)
  expect(await reading).toMatchObject({ id: 'a' })
  expect(await inner.get('count/main', 'odd')).toMatchObject({ status: 'dead' })
})

it('refuses a late answer to a read that lost its lease, though the token is here again', async () => {
  const { queues, ends } = await open()
  await queues.input.push('x', 'one')
  const first = await ends.input.read()
  await queues.input.push('x', 'two', { enter: 'replace', reason: 'It was wrong.' })
  const second = await ends.input.read()
  expect([first.value, second.value]).toEqual(['one', 'two'])
  const gone = 'The lease on token "x" in queue "count/main" is gone; the answer was refused.'
  await expect(ends.output.push(first, 1)).rejects.toThrow(gone)
  await expect(ends.input.discard(first, 'It is odd.')).rejects.toThrow(gone)
  await expect(ends.input.release(first)).rejects.toThrow(gone)
  await expect(ends.input.fail(first, new Error('odd'))).rejects.toThrow(gone)
  await ends.output.push(second, 2)
  await ends.input.pop(second)
  expect(await queues.output.get('x')).toBe(2)
})

it('pops from the output what was read, not what has come there since', async () => {
  const { queues, ends, clock } = await open()
  await queues.input.push('x', 'one')
  await ends.output.push(await ends.input.read(), 1)
  const first = await queues.output.read()
  await queues.input.push('x', 'two', { enter: 'replace', reason: 'It was wrong.' })
  await ends.output.push(await ends.input.read(), 2)
  const second = await queues.output.read()
  await expect(queues.output.pop(first)).rejects.toThrow('is gone')
  await queues.output.pop(second)
  expect(await queues.output.count()).toBe(0)
  await clock.advance(1)
})

// Seen to fail: the loop was given it, and what it answered could be refused at any moment.
it('gives back, uncharged, what it was given so late that the time to work on it is over', async () => {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  let isBusy = true
  const lease: Backend['lease'] = async (queue, request) => {
    const rows = await inner.lease(queue, { ...request, leaseMs: request.timeoutMs })
    if (rows.length > 0 && isBusy) clock.stall(60_000)
    isBusy &&= rows.length === 0
    return rows
  }
  const queues = await makeQueues(hand, { ...inner, lease, keep: () => () => {} }, 'count', { clock })
  await queues.input.push('a', 'four')
  const { lease: number } = await queues.artifacts().input.read()
  expect(number).toBe(2)
  const { lines } = (await inner.journey('count', 'a'))!
  expect(lines.map(({ event }) => event)).toEqual(['entered', 'released'])
})

it('logs no burial that could not be committed before the read was aborted', async () => {
  const clock = new FakeClock()
  const inner = await openUsual({ clock })
  const commit = async (changes: readonly Change[]) => {
    if (changes.some(({ kind }) => kind === 'bury')) throw new BackendError('The disk is full.')
    return inner.commit(changes)
  }
  const errors: string[] = []
  const log = { ...silent, error: (message: string) => void errors.push(message) }
  const queues = await makeQueues(hand, { ...inner, commit }, 'count', { clock, log })
  const token = { id: 'odd', hop: 1, frames: [], priority: 0, deploy: 1 }
  await inner.commit([{ kind: 'push', queue: 'count/main', value: 7, enter: 'refuse', token }])
  const stop = new AbortController()
  const reading = queues.artifacts().input.read(stop.signal)
  const refused = expect(reading).rejects.toThrow('aborted')
  await clock.advance(400)
  stop.abort()
  await clock.advance(1000)
  await refused
  expect(new Set(errors)).toEqual(new Set(['The outcome of a message could not be recorded; trying again.']))
})
