import { describe, expect, it } from 'vitest'
import { type Backend, BackendError } from '../../../src/index.ts'
import type { Leased } from '../../../src/queue/rows.ts'
import { patience } from '../../on/kind.ts'
import { openersOf, openUsual } from '../../on/open.ts'
import { rig, who } from './flow.ts'

const lease = { owner: 'other', leaseMs: 600_000, timeoutMs: 600_000 }

const [[overHttp, openHttp]] = Object.entries(openersOf('http')) as [[string, typeof openUsual]]

describe.each(Object.entries(openersOf('memory', 'sqlite')))('bulk actions on %s', (name, open) => {
  it('make dead messages ready, each once, with who, why and the run in the history', async () => {
    const { push, die, run, statusOf, linesOf, backend } = await rig(open)
    await push(4)
    expect(await die(3)).toBe(3)
    const done = await run({ action: 'retry', where: 'odd:0' })
    expect(done).toMatchObject({
      state: 'done',
      done: 2,
      refused: 0,
      held: 0,
      passedOver: 0,
      total: 2,
      exact: true,
    })
    expect(await Promise.all(['t0', 't1', 't2', 't3'].map(statusOf))).toEqual([
      ['flow/first', 'ready', 1],
      ['flow/first', 'dead', 1],
      ['flow/first', 'ready', 1],
      ['flow/first', 'ready', 1],
    ])
    const lines = (await linesOf('t0')).filter(({ event }) => event === 'revived')
    expect(lines).toMatchObject([{ actor: 'ann', reason: 'A new key.', fields: { by: done.id } }])
    const audit = await backend.lines({ actor: 'ann', event: 'noted' })
    expect(audit.lines).toMatchObject([
      { id: done.id, reason: 'retry where odd:0: 2 done. A new key.', fields: { by: done.id } },
    ])
  })

  it('do to thousands of messages, of which 40 are refused, just what the dry run has said', async () => {
    const { push, bulk, run, backend } = await rig(open)
    const fitting = name === 'memory' ? 4960 : 1260
    const all = fitting + 40
    await push(fitting)
    // These fitted when they came.
    await push(40, 200_000)
    const request = { action: 'edit', where: '', set: { note: 'seen' } } as const
    const plan = await bulk.plan({ ...who, ...request })
    expect(plan).toMatchObject({ total: all, exact: true, done: fitting, refused: 40, held: 0 })
    expect(plan.leads).toEqual([{ queue: 'flow/first', count: fitting }])
    expect(plan.samples).toHaveLength(5)
    expect(plan.samples[0]).toMatchObject({ queue: 'flow/first', to: 'flow/first', value: { note: 'seen' } })
    expect(await bulk.list()).toEqual([])
    const done = await run(request)
    expect(done).toMatchObject({
      state: 'done',
      done: fitting,
      refused: 40,
      held: 0,
      passedOver: 0,
      total: all,
    })
    expect(done.refusals).toEqual(plan.refusals)
    expect(done.refusals).toHaveLength(5)
    expect(done.refusals[0]?.why).toMatch(/^Queue "flow\/first" refused the value of token "t20000\d": n: /)
    const edited = await backend.tally({
      queue: 'flow/first',
      only: { where: [{ path: 'note', is: 'seen' }] },
    })
    expect(edited.tallies).toEqual([{ value: null, count: fitting }])
    const ids: unknown[] = []
    for (let after: string | undefined, isOver = false; !isOver; ) {
      const { lines, next } = await backend.lines({ event: 'edited', limit: 1000, after })
      ids.push(...lines.map((line) => line.id))
      after = next
      isOver = next === undefined
    }
    expect([ids.length, new Set(ids).size]).toEqual([fitting, fitting])
  })

  it('leave out what others hold, unless they are told, and what has come since', async () => {
    const { push, bulk, run, backend, clock, workUntil, statusOf } = await rig(open)
    await push(3)
    await backend.lease('flow/first', { ...lease, ids: ['t1'] })
    const request = { action: 'cancel', where: '' } as const
    expect(await bulk.plan({ ...who, ...request })).toMatchObject({ total: 3, done: 2, held: 1, leads: [] })
    const { id } = await bulk.start({ ...who, ...request })
    await clock.advance(5)
    await push(1, 3)
    await workUntil(async () => (await bulk.find(id)).state === 'done')
    expect(await bulk.find(id)).toMatchObject({ done: 2, held: 1, total: 3 })
    expect(await Promise.all(['t0', 't1', 't3'].map(statusOf))).toEqual([
      undefined,
      ['flow/first', 'leased', 1],
      ['flow/first', 'ready', 1],
    ])
    expect(await run({ ...request, force: true })).toMatchObject({ done: 2, held: 0 })
    expect(await statusOf('t1')).toBeUndefined()
  })

  it('move messages to another stage if it takes them, and back', async () => {
    const { push, run, backend, bulk, statusOf, linesOf, workUntil } = await rig(open)
    await push(1)
    const refused = await bulk.plan({ ...who, action: 'move', to: 'second/1', where: '' })
    expect(refused).toMatchObject({ done: 0, refused: 1, leads: [] })
    expect(refused.refusals[0]?.why).toContain('would lack what flow/second sets aside')
    const value = 5
    const frames = [{ tag: 'Ripe', n: value }]
    const token = { id: 'm', hop: 1, frames, priority: 0, deploy: 1 }
    await backend.commit([{ kind: 'push', queue: 'flow/second/0', token, value, enter: 'refuse' }])
    const where = 'id:m,t0'
    expect(await bulk.plan({ ...who, action: 'move', to: 'second/1', where })).toMatchObject({
      ...{ done: 1, refused: 1, leads: [{ queue: 'flow/second/1', count: 1 }] },
    })
    const moved = await run({ action: 'move', to: 'second/1', where })
    expect(moved).toMatchObject({ done: 1, refused: 1, to: 'flow/second/1' })
    expect(await statusOf('m')).toEqual(['flow/second/1', 'ready', 2])
    expect((await linesOf('m')).at(-1)).toMatchObject({ event: 'moved', fields: { by: moved.id } })
    const undo = await bulk.undo(moved.id, who)
    await workUntil(async () => (await bulk.find(undo.id)).state === 'done')
    expect(await backend.get('flow/second/0', 'm')).toMatchObject({ value, frames, hop: 3 })
  })

  it('keep to a rate, stop and go on, and are undone where no worker has begun', async () => {
    const { push, die, bulk, clock, workUntil, statusOf, backend, linesOf } = await rig(open)
    await push(30)
    await die()
    const startedAt = clock.now()
    const { id } = await bulk.start({ ...who, action: 'retry', where: '', rate: 10 })
    const doneSoFar = async () => (await bulk.find(id)).done
    await workUntil(async () => (await doneSoFar()) >= 20, 50)
    expect(await doneSoFar()).toBe(20)
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(1000)
    expect(clock.now() - startedAt).toBeLessThan(2000)
    await expect(bulk.undo(id, who)).rejects.toThrow('still goes on; stop it before it is undone.')
    expect(await bulk.stop(id, who)).toMatchObject({ state: 'stopped', done: 20, total: 30 })
    await expect(bulk.stop(id, who)).rejects.toThrow('is stopped already.')
    await clock.advance(5000)
    expect(await doneSoFar()).toBe(20)
    expect(await bulk.resume(id, who)).toMatchObject({ state: 'waiting', done: 20 })
    await workUntil(async () => (await bulk.find(id)).state === 'done', 50)
    expect(await bulk.find(id)).toMatchObject({ done: 30, passedOver: 0 })
    await expect(bulk.resume(id, who)).rejects.toThrow('has ended.')

    const begun = await backend.lease('flow/first', { ...lease, limit: 2 })
    const [{ id: given, hop, lease: number }] = begun as [Leased, Leased]
    const release = { kind: 'postpone', queue: 'flow/first', delayMs: 0, charge: false } as const
    await backend.commit([{ ...release, id: given, hop, lease: number }])
    const undo = await bulk.undo(id, { ...who, rate: 4 })
    const undoneAt = clock.now()
    await workUntil(async () => (await bulk.find(undo.id)).state === 'done', 50)
    expect(clock.now() - undoneAt).toBeGreaterThan(6000)
    expect(await bulk.find(undo.id)).toMatchObject({ of: id, done: 28, passedOver: 2, total: 30 })
    const others = Array.from({ length: 30 }, (_, n) => `t${n}`).filter(
      (each) => !begun.some(({ id: left }) => left === each),
    )
    expect(await Promise.all(others.map(statusOf))).toEqual(others.map(() => ['flow/first', 'dead', 2]))
    const row = await backend.get('flow/first', others[0]!)
    expect(row).toMatchObject({
      error: { name: 'RangeError', message: 'no key' },
      marks: { odd: expect.anything() },
    })
    expect((await linesOf(others[0]!)).map(({ event }) => event)).toEqual([
      ...['entered', 'buried', 'revived', 'undone', 'buried'],
    ])
    await expect(bulk.undo(undo.id, who)).rejects.toThrow('is an undo itself')
  })

  it('bring back what they have cancelled, and the values that they have edited', async () => {
    const { push, die, run, bulk, workUntil, statusOf, backend } = await rig(open)
    await push(3)
    await die(1)
    const undone = async (id: string) => {
      const undo = await bulk.undo(id, who)
      await workUntil(async () => (await bulk.find(undo.id)).state === 'done')
      return bulk.find(undo.id)
    }
    const edited = await run({ action: 'edit', where: 'status:ready', set: { note: 'new' } })
    expect(edited.done).toBe(2)
    await backend.lease('flow/first', { ...lease, ids: ['t2'] })
    expect(await undone(edited.id)).toMatchObject({ done: 1, passedOver: 1 })
    expect(await backend.get('flow/first', 't1')).toMatchObject({ hop: 3, value: { tag: 'Raw', n: 1 } })
    expect((await backend.get('flow/first', 't2'))?.value).toMatchObject({ note: 'new' })
    const cancelled = await run({ action: 'cancel', where: '' })
    expect(cancelled).toMatchObject({ done: 2, held: 1 })
    expect(await statusOf('t1')).toBeUndefined()
    expect(await undone(cancelled.id)).toMatchObject({ done: 2, passedOver: 0, refused: 0 })
    expect(await Promise.all(['t0', 't1'].map(statusOf))).toEqual([
      ['flow/first', 'dead', 2],
      ['flow/first', 'ready', 4],
    ])
    expect((await backend.get('flow/first', 't0'))?.error).toMatchObject({
      name: 'RangeError',
      message: 'no key',
    })
  })
})

it('count what a batch has passed over, also when its process has not lived to', async () => {
  let isFirst = true
  const { push, bulk, backend, clock, workUntil } = await rig(async (options) => {
    const inner = await openUsual(options)
    const dying: Backend = {
      ...inner,
      async commit(changes) {
        const isBatch = changes.some(({ kind }) => kind === 'take')
        if (!isBatch || !isFirst) return inner.commit(changes)
        isFirst = false
        // Another was quicker; and then the answer finds no process.
        await inner.lease('flow/first', { ...lease, ids: ['t1'] })
        await inner.commit(changes)
        throw new BackendError('The process is gone.')
      },
    }
    return dying
  })
  await push(3)
  const { id } = await bulk.start({ ...who, action: 'cancel', where: '' })
  await workUntil(async () => (await bulk.find(id)).state === 'done', 500)
  expect(await bulk.find(id)).toMatchObject({ done: 2, passedOver: 1, total: 3 })
  expect((await backend.get('flow/first', 't1'))?.status).toBe('leased')
  const { lines } = await backend.lines({ event: 'cancelled', from: clock.now() - 60_000 })
  expect(lines.map((line) => line.id)).toEqual(['t0', 't2'])
})

it('stop after a batch that another commits at the same time, and count it', async () => {
  let inner: Backend | undefined
  let seen = 0
  const { push, die, bulk, workUntil } = await rig(async (options) => {
    const own = await openUsual(options)
    inner = own
    return {
      ...own,
      async commit(changes) {
        const isStop = changes.some((change) => change.kind === 'take' && change.queue === 'flow.bulk/runs')
        // The worker is quicker than the first try.
        if (isStop && seen === 0) {
          seen = await batches()
          await expect.poll(batches, { interval: 1 }).toBeGreaterThan(seen)
        }
        return own.commit(changes)
      },
    }
  })
  async function batches(): Promise<number> {
    const { rows } = await inner!.list('flow.bulk/runs')
    return (rows[0]!.value as { batches: number }).batches
  }
  await push(100)
  await die()
  const { id } = await bulk.start({ ...who, action: 'retry', where: '', rate: 10 })
  let isStopping = false
  let isStopped = false
  await workUntil(async () => {
    if (!isStopping && (await bulk.find(id)).done > 0) {
      isStopping = true
      void bulk.stop(id, who).then(() => (isStopped = true))
    }
    return isStopped
  }, 100)
  const { state, done } = await bulk.find(id)
  expect([state, seen]).toEqual(['stopped', 1])
  const ready = await inner!.tally({ queue: 'flow/first', only: { status: 'ready' } })
  expect(ready.tallies).toEqual([{ value: null, count: done }])
  await bulk.resume(id, who)
  await workUntil(async () => (await bulk.find(id)).state === 'done', 100)
  expect(await bulk.find(id)).toMatchObject({ done: 100, passedOver: 0 })
})

it(`are done over ${overHttp} as well`, async () => {
  const { push, die, run, bulk, workUntil, statusOf } = await rig(openHttp)
  await push(3)
  await die(1)
  const cancelled = await run({ action: 'cancel', where: 'status:dead' })
  expect(cancelled).toMatchObject({ done: 1, total: 1 })
  expect(await run({ action: 'edit', where: '', set: { n: 'x' } })).toMatchObject({ done: 0, refused: 2 })
  const undo = await bulk.undo(cancelled.id, who)
  await workUntil(async () => (await bulk.find(undo.id)).state === 'done', 50)
  expect(await statusOf('t0')).toEqual(['flow/first', 'dead', 2])
})

describe('what cannot be asked for', () => {
  it('is refused in a sentence, and nothing is written', async () => {
    const { bulk, push, backend } = await rig(openUsual)
    await push(1)
    for (const [request, sentence] of [
      [{ where: `odd:${'x'.repeat(600)}` }, /./],
      [{ where: 'ood:1' }, /ood/],
      [{ where: '-nowhere:1' }, /nowhere/],
      [{ where: 'age>' }, /./],
      [{ where: '"' }, /./],
      [{ where: { ids: 'a' } }, /whose `ids` are no list/],
      [{ where: undefined }, /needs to know which messages/],
      [{ where: 'status:ready' }, /is of messages that are dead, delayed or waiting/],
      [{ where: '', rate: 0 }, /at a rate of 0; it is a whole number from 1 to 1,000/],
      [{ where: '', rate: 1001 }, /1001/],
      [{ where: '', reason: ' ' }, /A bulk retry needs a reason/],
      [{ where: '', by: '' }, /needs to know who you are/],
      [{ where: '', queue: 'ghost' }, /There is no queue "ghost" among the stages and desks: flow\/first/],
      [{ where: '', to: 'second' }, /is given "to", which nothing reads/],
      [{ where: '', action: 'constructor' }, /not "constructor"/],
      [{ where: '', action: 'drop' }, /A bulk action is retry, cancel, move or edit, not "drop"/],
      [{ where: '', action: 'move', to: 'ghost' }, /There is no queue "ghost"/],
      [{ where: '', action: 'move' }, /needs to know where/],
      [{ where: '', action: 'move', to: 'first', queue: 'first' }, /leads to where its messages are/],
      [{ where: '', action: 'edit', set: {} }, /what is to be another/],
    ] as const)
      for (const ask of [bulk.plan, bulk.start])
        await expect(
          ask({ action: 'retry', ...who, ...request } as never),
          JSON.stringify(request),
        ).rejects.toThrow(sentence)
    await expect(bulk.find('ghost')).rejects.toMatchObject({ code: 'not_found' })
    expect(await backend.deploys('flow.bulk')).toEqual([])
  })
})

it('takes back only what the run has done, not what it has passed over and another person has done since', async () => {
  const { push, bulk, backend, workUntil } = await rig(openUsual)
  await push(2)
  const { commit } = backend
  const isOver = (id: string) => async () => (await bulk.find(id)).state === 'done'
  let held: Leased | undefined
  Object.assign(backend, {
    commit: async (changes: Parameters<Backend['commit']>[0]) => {
      // Between the look of the run and its commit.
      if (!held && changes.some((each) => each.kind === 'take'))
        held = (await backend.lease('flow/first', { ...lease, ids: ['t0'] }))[0]
      return commit(changes)
    },
  })
  const { id } = await bulk.start({ ...who, action: 'cancel', where: '' })
  await workUntil(isOver(id))
  expect(await bulk.find(id)).toMatchObject({ done: 1, passedOver: 1 })
  const { hop, lease: number } = held!
  const release = { kind: 'postpone', queue: 'flow/first', id: 't0', delayMs: 0, charge: false } as const
  await commit([{ ...release, hop, lease: number }])
  await commit([{ kind: 'take', queue: 'flow/first', id: 't0', event: 'cancelled', actor: 'bob' }])
  const undo = await bulk.undo(id, who)
  await workUntil(isOver(undo.id))
  expect(await bulk.find(undo.id)).toMatchObject({ done: 1, passedOver: 1 })
  expect((await backend.journey('flow', 't0'))?.outcome).toBe('cancelled')
  expect((await backend.journey('flow', 't1'))?.queue).toBe('flow/first')
})

it('edit values that are long together in commits which a server takes', {
  timeout: 60_000 * patience,
}, async () => {
  const { backend, run } = await rig(openHttp)
  const note = 'x'.repeat(900_000)
  for (let n = 0; n < 24; n++) {
    const token = { id: `t${n}`, hop: 1, frames: [], priority: 0, deploy: 1 }
    const value = { tag: 'Raw', n, note }
    await backend.commit([{ kind: 'push', queue: 'flow/first', token, value, enter: 'refuse' }])
  }
  expect(await run({ action: 'edit', where: '', set: { n: 7 } })).toMatchObject({ done: 24, refused: 0 })
  expect((await backend.get('flow/first', 't23'))?.value).toEqual({ tag: 'Raw', n: 7, note })
})
