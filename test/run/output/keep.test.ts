import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { type Log, makeQueues, worker } from '../../../src/index.ts'
import type { Backend } from '../../../src/queue/backend.ts'
import { silent } from '../../../src/run/log.ts'
import { checkKeep, dropFinished } from '../../../src/run/output/keep.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { openersOf, openUsual } from '../../on/open.ts'
import { settle, until } from '../stage-rig.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const echo = worker({ input: z.string(), output: z.string(), process: (text) => text })

/** Workflow `w`, whose tokens are finished by `finish`. */
async function makeRig(
  open: (clock: FakeClock) => Promise<Backend> | Backend = (clock) => openUsual({ clock }),
) {
  const clock = new FakeClock()
  const backend = await open(clock)
  const failures: string[] = []
  const log: Log = { ...silent, error: (message) => void failures.push(message) }
  const { input, output, runtime, artifacts } = await makeQueues(echo, backend, 'w', { clock, log })
  const stop = new AbortController()
  const rest = new AbortController()
  const ended: Promise<unknown>[] = [artifacts()(rest.signal)]
  onTestFinished(async () => {
    rest.abort()
    stop.abort()
    await Promise.all(ended)
    await backend.close()
  })
  return {
    ...{ backend, clock, failures, output, runtime, stop, ended },
    async finish(...ids: readonly string[]) {
      const before = await output.count()
      await Promise.all(ids.map((id) => input.push(id, id)))
      await until(async () => (await output.count()) === before + ids.length)
    },
    /** One more process that keeps finished tokens for `days`. */
    keep(days: number, over = backend, name = 'other') {
      const there = { ...runtime, backend: over, owner: `${runtime.owner}-${name}` }
      ended.push(dropFinished({ queue: 'w/output', days, runtime: there }, stop.signal))
    },
    /** Lets minutes pass until `condition` holds: on a busy machine a wait may begin later than the clock was moved. */
    passUntil: (condition: () => Promise<boolean>) =>
      until(async () => {
        await clock.advance(60_000)
        return condition()
      }),
    /** Lets nothing be finished any more: in an hour a worker looks 3,600 times. */
    rest: () => rest.abort(),
    left: async () => (await backend.list('w/output', { limit: 1000 })).rows.map(({ id }) => id),
  }
}

it.each(Object.entries(openersOf('memory', 'sqlite')))(
  'takes finished tokens off the output when they have been kept, on %s',
  async (_, open) => {
    const { keep, finish, left, clock, backend, passUntil, rest } = await makeRig((clock) => open({ clock }))
    await finish('a', 'b')
    keep(30)
    await settle()
    clock.jump(dayMs)
    await finish('c')
    rest()
    clock.jump(28 * dayMs)
    await clock.advance(hourMs)
    await settle()
    expect(await left()).toEqual(['a', 'b', 'c'])
    clock.jump(dayMs - hourMs)
    await passUntil(async () => (await left()).length === 1)
    expect(await left()).toEqual(['c'])
    const { lines, outcome } = (await backend.journey('w', 'a'))!
    expect(outcome).toBe('done')
    expect(lines.at(-1)).toMatchObject({
      event: 'popped',
      queue: 'w/output',
      reason: 'It was kept for 30 days.',
    })
    clock.jump(dayMs)
    await passUntil(async () => (await left()).length === 0)
  },
)

it('takes each once, a hundred at a time, in several processes', async () => {
  const { keep, finish, left, clock, backend, failures } = await makeRig()
  const ids = Array.from({ length: 450 }, (_, n) => `t${n}`)
  await finish(...ids)
  clock.jump(dayMs)
  for (const name of ['one', 'two', 'three']) keep(1, backend, name)
  for (let turn = 0; turn < 20 && (await left()).length > 0; turn++) {
    await settle(20)
    await clock.advance(60_000)
  }
  expect(await left()).toEqual([])
  const journeys = await Promise.all(ids.map((id) => backend.journey('w', id)))
  const pops = journeys.map((journey) => journey!.lines.filter(({ event }) => event === 'popped').length)
  expect(new Set(pops)).toEqual(new Set([1]))
  expect(failures).toEqual([])
})

it('leaves alone what is dead, and what a loop has read', async () => {
  const { keep, finish, left, clock, backend, output, stop } = await makeRig()
  await finish('dead', 'read', 'old')
  const fail = new Error('enough')
  for (const id of ['dead', 'read']) {
    const message = await output.read(stop.signal)
    expect(message.id).toBe(id)
    if (id === 'dead') await output.fail(message, Object.assign(fail, { retry: false }))
  }
  clock.jump(2 * dayMs)
  keep(1)
  await until(async () => !(await left()).includes('old'))
  expect(await left()).toEqual(['dead', 'read'])
  expect(await backend.get('w/output', 'dead')).toMatchObject({ status: 'dead' })
})

it('says so and tries again where the database fails, and ends when it is closed', async () => {
  const { keep, finish, left, clock, backend, failures, runtime, passUntil } = await makeRig()
  await finish('a')
  clock.jump(2 * dayMs)
  let isDown = true
  const list: Backend['list'] = (queue, page) =>
    isDown ? Promise.reject(new Error('away')) : backend.list(queue, page)
  keep(1, { ...backend, list } as Backend)
  await until(() => failures.length === 1)
  expect(failures).toEqual(['Finished tokens could not be taken off the output; trying again.'])
  isDown = false
  await passUntil(async () => (await left()).length === 0)
  const other = await openUsual({ clock })
  await other.close()
  await dropFinished(
    { queue: 'w/output', days: 1, runtime: { ...runtime, backend: other } },
    new AbortController().signal,
  )
  expect(failures).toHaveLength(1)
})

it.each([
  [30, '`keep` has 30, which is no object.'],
  [{ day: 30 }, '`keep` has "day", which nothing reads. Did you mean "days"?'],
  [{ days: 0 }, '`keep.days` is 0; it is a number of days above 0, and at most 36525.'],
  [{ days: '30' }, '`keep.days` is 30; it is a number of days above 0, and at most 36525.'],
])('refuses %j', (keep, sentence) => {
  expect(() => checkKeep(keep as any)).toThrow(sentence)
})
