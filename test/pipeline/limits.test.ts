import { expect, it } from 'vitest'
import * as z from 'zod'
import { BackendError, gate, type LimitOptions, makeQueues, worker } from '../../src/index.ts'
import type { FakeClock } from '../../src/testing/index.ts'
import { openUsual } from '../on/open.ts'
import { type Asked, Order, type Process, quiet, rig } from './limits-rig.ts'

/** Work that goes on until the test lets it end. */
function held() {
  const going = new Map<string, (() => void)[]>()
  const process: Process = ({ who }) =>
    new Promise((resolve) => going.set(who, [...(going.get(who) ?? []), () => resolve(who)]))
  const count = (who: string) => going.get(who)?.length ?? 0
  const end = (who: string) => going.get(who)?.shift()?.()
  return { process, count, end }
}

it('works on no more than its limit, and goes on as soon as one is done', async () => {
  const work = held()
  const { enter, gates, backend } = await rig({ limit: { concurrency: 2 } }, work.process)
  for (let n = 0; n < 5; n++) await enter('ann')
  await quiet()
  expect(work.count('ann')).toBe(2)
  expect(await gates()).toMatchObject({ held: 2, limit: 2, why: 'full' })
  expect((await backend.count('make/main'))[0]!.parked).toEqual({ gate: 'make/main', why: 'full' })
  work.end('ann')
  await quiet()
  expect(work.count('ann')).toBe(2)
})

it('begins as many as its rate allows', async () => {
  const begun: number[] = []
  const clocks: FakeClock[] = []
  const { enter, clock } = await rig({ limit: { rate: { units: 2, perMs: 1000 } } }, ({ who }) => {
    begun.push(clocks[0]!.elapsed())
    return who
  })
  clocks.push(clock)
  const startedAt = clock.elapsed()
  for (let n = 0; n < 6; n++) await enter('ann')
  for (let n = 0; n < 30; n++) {
    await quiet()
    await clock.advance(100)
  }
  expect(begun.map((at) => at - startedAt)).toEqual([0, 0, 500, 1000, 1500, 2000])
})

it('asks for units, holds them until its tokens leave, and gives them back in the output', async () => {
  const disk = gate('disk', { limit: 10 })
  const work = held()
  const { enter, gates } = await rig(
    { behind: [{ gate: disk, units: ({ size }) => size * 0.9, until: 'leave' }] },
    work.process,
  )
  for (const [who, size] of [
    ['ann', 7],
    ['bob', 4],
    ['cid', 1],
  ] as const)
    await enter(who, size)
  await quiet()
  expect([work.count('ann'), work.count('bob'), work.count('cid')]).toEqual([1, 0, 0])
  expect(await gates('disk')).toMatchObject({ held: 7, queues: ['make/main'] })
  work.end('ann')
  await quiet()
  expect([work.count('bob'), work.count('cid')]).toEqual([1, 1])
  expect((await gates('disk'))!.held).toBe(5)
})

it('pays for each request that a handler makes, and lets it wait for its turn', async () => {
  const grin = gate('grin', { rate: { units: 2, perMs: 1000 } })
  const passed: number[] = []
  const clocks: FakeClock[] = []
  const { enter, clock } = await rig({ behind: [grin] }, async ({ who }, { pass }) => {
    for (let n = 0; n < 3; n++) {
      await pass(grin)
      passed.push(clocks[0]!.elapsed())
    }
    return who
  })
  clocks.push(clock)
  const startedAt = clock.elapsed()
  await enter('ann')
  for (let n = 0; n < 20; n++) {
    await quiet()
    await clock.advance(100)
  }
  expect(passed.map((at) => at - startedAt)).toEqual([0, 500, 1000])
})

it('asks a gate again when the backend could not say whether it lets work pass, and charges nothing', async () => {
  const grin = gate('grin', { limit: 5 })
  let failures = 3
  const attempts: number[] = []
  const { enter, clock, gates, backend } = await rig(
    { passes: [grin] },
    async ({ who }, { pass, attempt }) => {
      attempts.push(attempt)
      await pass(grin, 2)
      return who
    },
    (backend) => ({
      ...backend,
      pass: async (fence, toll) => {
        if (failures-- > 0) throw new BackendError('The line is down.')
        return backend.pass(fence, toll)
      },
    }),
  )
  await enter('ann')
  for (let n = 0; n < 4; n++) {
    await quiet()
    await clock.advance(1000)
  }
  await quiet()
  expect(attempts).toEqual([1])
  expect(await backend.get('make/output', 't1')).toBeDefined()
  expect((await gates('grin'))!.held).toBe(0)
})

it('stops waiting at a gate when its time is up', async () => {
  const shut = gate('shut', { limit: 0 })
  const errors: unknown[] = []
  const { enter, clock } = await rig(
    { behind: [], timeoutMs: 1000, frees: [shut] },
    async ({ who }, { pass }) => {
      await pass('shut').catch((error) => {
        errors.push(error)
        throw error
      })
      return who
    },
  )
  await enter('ann')
  await quiet()
  expect(errors).toEqual([])
  await clock.advance(1000)
  await quiet()
  expect(errors).toMatchObject([{ name: 'TimeoutError' }])
})

it('closes a gate that an error names, and charges nothing', async () => {
  const grin = gate('grin')
  let attempts = 0
  const { enter, clock, gates, backend } = await rig(
    { behind: [grin], retry: { attempts: 1 } },
    ({ who }) => {
      if (++attempts === 1)
        throw Object.assign(new Error('Too many requests.'), {
          retryAfterMs: 5000,
          closeGate: { name: 'grin' },
        })
      return who
    },
  )
  await enter('ann')
  await quiet()
  expect(await gates('grin')).toMatchObject({ closed: true, reason: 'Error: Too many requests.' })
  const row = await backend.get('make/main', 't1')
  expect(row).toMatchObject({ status: 'ready', attempts: 0, parked: { gate: 'grin', why: 'closed' } })
  await clock.advance(5000)
  await quiet()
  expect(attempts).toBe(2)
  expect((await backend.count('make/output'))[0]!.ready).toBe(1)
})

it('closes a gate for a second where an error says for no time at all', async () => {
  const grin = gate('grin', { limit: 5 })
  let attempts = 0
  const { enter, gates, clock } = await rig({ behind: [grin] }, () => {
    attempts++
    throw Object.assign(new Error('Too many requests.'), { retryAfterMs: 0, closeGate: { name: 'grin' } })
  })
  await enter('ann')
  await quiet()
  expect(attempts).toBe(1)
  expect(await gates('grin')).toMatchObject({ closed: true, until: clock.now() + 1000 })
  await clock.advance(1000)
  await quiet()
  expect(attempts).toBe(2)
})

it('fails as ever where an error names a gate that is none', async () => {
  const { enter, backend } = await rig({ retry: { attempts: 1 } }, () => {
    throw Object.assign(new Error('Odd.'), { closeGate: { name: 'nowhere' } })
  })
  await enter('ann')
  await quiet()
  expect(await backend.get('make/main', 't1')).toMatchObject({ status: 'dead', error: { message: 'Odd.' } })
})

it('refuses a gate that is there twice with other settings', async () => {
  const behind = [gate('a', { limit: 1 }), gate('a', { limit: 2 })]
  const stage = worker({ input: Order, output: z.string(), behind, process: ({ who }) => who })
  await expect(makeQueues(stage, await openUsual(), 'make')).rejects.toThrow(
    'Gate "a" is there twice with other settings; make it once, and use it at each stage.',
  )
})

it('says which key it refuses', async () => {
  const { enter } = await rig({ key: ({ who }) => who.trim() }, ({ who }) => who)
  await expect(enter(' ')).rejects.toThrow(
    'The key of token "t1" in queue "make/main" is ""; it is a text of 1 to 500 characters.',
  )
})

it('refuses limits that nothing would keep', async () => {
  const make = (options: unknown) => () =>
    worker({ input: Order, output: z.string(), ...(options as object), process: ({ who }) => who })
  const refused: readonly [unknown, string][] = [
    [{ limit: 5 }, '`limit` of a stage has 5, which is no object.'],
    [{ limit: { concurency: 5 } }, '`limit` of a stage has "concurency", which nothing reads.'],
    [{ limit: { perKey: { concurrency: 1 } } }, '`limit.perKey` of a stage needs a `key`'],
    [{ key: () => 'a', limit: { perKey: { breaker: {} } } }, '`limit.perKey` of a stage has "breaker"'],
    [{ behind: ['ocr'] }, '`behind` of a stage has "ocr", which is no gate; make one with gate(name).'],
    [{ behind: [{ gate: 'ocr' }] }, '`behind` of a stage has "ocr", which is no gate'],
    [
      { behind: [{ gate: gate('disk', { breaker: { failures: 3, forMs: 1000 } }), until: 'leave' }] },
      'Gate "disk" has a breaker, so nothing can hold it until it leaves; give the breaker to the `limit`',
    ],
    [{ behind: [{ gate: gate('ocr'), unit: 1 }] }, 'A place in `behind` of a stage has "unit"'],
    [{ frees: ['ocr'] }, '`frees` of a stage has "ocr", which is no gate'],
  ]
  for (const [options, sentence] of refused) expect(make(options), sentence).toThrow(sentence)
})

it('refuses a stage that would pay twice at one gate', async () => {
  const one = gate('one', { limit: 5 })
  const make = async (behind: LimitOptions<Asked>['behind']) =>
    makeQueues(
      worker({ input: Order, output: z.string(), behind: behind!, process: ({ who }) => who }),
      await openUsual(),
      'make',
    )
  const sentence = 'Queue "make/main" stands behind gate "one" twice; name it once.'
  await expect(make([one, { gate: one, units: () => 3 }])).rejects.toThrow(sentence)
  await expect(make([gate('make/main')])).rejects.toThrow('stands behind gate "make/main", its own')
})

it('lets a handler pay at a gate at which its messages do not wait', async () => {
  const grin = gate('grin', { rate: { units: 1, perMs: 1000 } })
  const answered: number[] = []
  const clocks: FakeClock[] = []
  const { enter, clock } = await rig({ passes: [grin] }, async ({ who }, ctx) => {
    for (let n = 0; n < 2; n++) await ctx.pass('grin')
    answered.push(clocks[0]!.elapsed())
    return who
  })
  clocks.push(clock)
  const from = clock.elapsed()
  await enter('ann')
  for (let n = 0; n < 12; n++) {
    await quiet()
    await clock.advance(100)
  }
  await quiet()
  expect(answered.map((at) => at - from)).toEqual([1000])
})
