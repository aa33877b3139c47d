import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Feed } from '../../src/app/feed.ts'
import type { Upkeep } from '../../src/app/upkeep.ts'
import { memory } from '../../src/backends/memory.ts'
import { accompany } from '../../src/cli/beside/accompany.ts'
import { feed } from '../../src/cli/beside/feeding.ts'
import { makeUpkeep } from '../../src/cli/beside/keep-up.ts'
import { makeQueues } from '../../src/pipeline/make-queues.ts'
import { built } from './built.ts'
import app from './fixtures/fed.ts'
import { answerOf, cli, folder, logged, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

beforeEach(() => {
  vi.stubEnv('XDG_STATE_HOME', folder())
  return () => vi.unstubAllEnvs()
})

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const never = new AbortController().signal

/** The app of crates in memory, with another feed. */
async function crates(feeding: Feed) {
  const backend = memory()
  const { workflow, seed } = (await app.open({ crates: 3 }, { log: quiet, folder: folder() })) as any
  const queues = await makeQueues(workflow, backend, 'crates')
  const opened = { name: 'crates', backend, seed: { ...seed, feed: feeding } }
  return { backend, queues, feedNow: (log = quiet, signal = never) => feed(opened, queues, { log, signal }) }
}

const from = (ids: readonly string[], most = 3) => {
  const asked: number[] = []
  let left = ids
  const feeding: Feed = {
    underWay: most,
    next(count) {
      asked.push(count)
      return left.slice(0, count)
    },
    entered: (some) => (left = left.filter((id) => !some.includes(id))),
  }
  return { feeding, asked, left: () => left }
}

it('lets as many enter as are missing, and no more', async () => {
  const { feeding, asked, left } = from(['a', 'b', 'c', 'd', 'e'])
  const { queues, backend, feedNow } = await crates(feeding)
  await queues.input.push('other', { tag: 'Crate', text: '' } as any)
  expect(await feedNow()).toBe(2)
  expect(left()).toEqual(['c', 'd', 'e'])
  expect(await feedNow()).toBe(0)
  expect(asked).toEqual([2])
  expect((await backend.count())[0]).toMatchObject({ ready: 3 })
})

it('asks for more where some were known, and ends when no more come', async () => {
  const { feeding, left } = from(['known', 'a'], 5)
  const { queues, feedNow } = await crates(feeding)
  await queues.input.push('known', { tag: 'Crate', text: '' } as any)
  expect(await feedNow()).toBe(1)
  expect(left()).toEqual([])
})

it('does not ask for ever for ids that cannot enter, and says which', async () => {
  const errors: unknown[] = []
  const { feedNow } = await crates({ underWay: 2, next: () => ['\u0007', '\u0007'] })
  expect(await feedNow({ ...quiet, error: (...said: unknown[]) => void errors.push(said) } as any)).toBe(0)
  expect(errors).toHaveLength(2)
})

it('lets one enter again that has finished', async () => {
  const { feedNow, backend, queues } = await crates({
    underWay: 1,
    next: () => [{ id: 'a', again: 'a new edition' }],
  })
  await queues.input.push('a', { tag: 'Crate', text: '' } as any)
  const [leased] = await backend.lease('crates/store', {
    owner: 'w',
    leaseMs: 1000,
    timeoutMs: 1000,
    limit: 1,
  })
  await backend.commit([
    {
      kind: 'take',
      id: 'a',
      hop: leased!.hop,
      queue: 'crates/store',
      event: 'cancelled',
      actor: 'ann',
      reason: 'x',
    } as any,
  ])
  expect(await feedNow()).toBe(1)
  const { lines } = (await backend.journey('crates', 'a'))!
  expect(lines.at(-1)).toMatchObject({ event: 'entered', reason: 'a new edition' })
})

it('takes none from where it is that has not finished, asks for those behind it, and for it again later', async () => {
  const told: string[] = []
  const asked: number[] = []
  const all = ['working', 'dead', 'a', 'b', 'c'].map((id) => ({ id, again: 'a new edition' }))
  const { feedNow, backend, queues } = await crates({
    underWay: 3,
    next(count) {
      asked.push(count)
      return all.slice(0, count)
    },
    entered: (ids) => told.push(...ids),
  })
  for (const id of ['dead', 'working']) await queues.input.push(id, { tag: 'Crate', text: '' } as any)
  const hopOf = async (id: string) => (await backend.journey('crates', id))!.lines.at(-1)!.hop
  const [lease] = await backend.lease('crates/store', {
    ...{ owner: 'w', leaseMs: 1000, timeoutMs: 1000, limit: 1 },
  })
  await backend.commit([
    {
      ...{ kind: 'bury', queue: 'crates/store', id: lease!.id, hop: lease!.hop, lease: lease!.lease },
    } as any,
  ])
  const before = await Promise.all(['dead', 'working'].map(hopOf))
  expect(await feedNow()).toBe(2)
  expect(told).toEqual(['a', 'b'])
  expect(await Promise.all(['dead', 'working'].map(hopOf))).toEqual(before)
  expect(asked).toEqual([2, 4])
})

it.each(['feed', 'upkeep', 'atEnd'])('ends though the %s does not, and says so', async (what) => {
  const hangs = () => new Promise<never>(() => {})
  let begun = () => {}
  const hasBegun = new Promise<void>((resolve) => (begun = resolve))
  const feeding: Feed = {
    underWay: 1,
    async *next() {
      begun()
      yield* what === 'feed' ? await hangs() : []
    },
  }
  const upkeep: Record<string, Upkeep> = {
    slow: {
      ...{ everyMs: 100, atEnd: true },
      async run({ signal }) {
        if (what === 'upkeep') await hangs()
        if (what === 'atEnd' && !ending.signal.aborted) return
        if (what === 'atEnd') await hangs()
        signal.throwIfAborted()
      },
    },
  }
  const { backend, queues } = await crates(feeding)
  const { seed } = (await app.open({ crates: 3 }, { log: quiet, folder: folder() })) as any
  const ending = new AbortController()
  const warnings: string[] = []
  const log = { ...quiet, warn: (message: string) => void warnings.push(message) }
  const opened = { name: 'crates', backend, upkeep, seed: { ...seed, feed: feeding } } as any
  const company = accompany(opened, queues, { log, ending: ending.signal, patienceMs: 50 })
  await hasBegun
  const asked = company.feed()
  ending.abort()
  await company.end()
  expect(await asked).toBe(0)
  expect(warnings).toEqual([
    ...(what === 'atEnd' ? [] : [expect.stringContaining('it is not waited for')]),
    ...(what === 'feed' ? [] : ['An upkeep has failed at the end.']),
  ])
})

it('leaves the limit of a gate as a person has set it', async () => {
  const backend = memory()
  const { workflow } = (await app.open({ crates: 3 }, { log: quiet, folder: folder() })) as any
  const queues = await makeQueues(workflow, backend, 'crates')
  const limit = async () => (await backend.gates()).find(({ name }) => name === 'room')!.limit
  const measure = async (room: number) => {
    const over = new AbortController()
    const run = async ({ setLimit }: any) => {
      await setLimit('room', room, 'as measured')
      over.abort()
    }
    const upkeep = { room: { everyMs: 100, run } }
    await makeUpkeep({ name: 'crates', backend, upkeep }, queues, { log: quiet }).keep(over.signal)
  }
  await measure(5)
  expect(await limit()).toBe(5)
  await measure(1000)
  expect(await limit()).toBe(1000)
  await backend.commit([{ kind: 'gate', name: 'room', limit: 7, actor: 'ann', reason: 'spring' }])
  await measure(9)
  expect(await limit()).toBe(7)
})

it('gives an upkeep a report, and does at the end what is to be done then', async () => {
  const { backend, queues } = await crates(from([]).feeding)
  const over = new AbortController()
  const reports: any[] = []
  const upkeep: Record<string, Upkeep> = {
    tell: {
      ...{ everyMs: 100, atEnd: true },
      async run({ report, signal }) {
        reports.push([await report({ days: 2 }), signal.aborted])
        over.abort()
      },
    },
    other: { everyMs: 86_400_000, run: () => {} },
  }
  const rounds = makeUpkeep({ name: 'crates', backend, upkeep }, queues, { log: quiet })
  await rounds.keep(over.signal)
  await queues.input.push('a', { tag: 'Crate', text: '' } as any)
  await rounds.last()
  expect(reports).toMatchObject([
    [{ workflows: ['crates'], days: [{ entered: 0 }, { entered: 0 }] }, false],
    [{ days: [{}, { entered: 1 }] }, false],
  ])
  const { report } = await new Promise<any>((resolve) => {
    const once = { once: { everyMs: 100, run: resolve, atEnd: true } }
    void makeUpkeep({ name: 'crates', backend, upkeep: once }, queues, { log: quiet }).last()
  })
  await expect(report({ days: 91 })).rejects.toThrow('A report is about 1 to 90 days, not 91.')
})

it('runs until the feed has no more, with as many under way as it says', async () => {
  const cwd = folder({ 'stock.txt': 'a\nb\nc\nd\ne\n', 'room.txt': '12' })
  const run = start(built.main, cwd, 'run', built.fed, '--until-idle', '--json')
  expect(await run.ended, run.output()).toBe(0)
  expect(JSON.parse(run.output().trim().split('\n').at(-1)!)).toMatchObject({ finished: 5, dead: 0 })
  const gates = await answerOf(cwd, 'gates')
  expect(gates.find(({ name }: any) => name === 'room')).toMatchObject({ limit: 12 })
  writeFileSync(join(cwd, 'stock.txt'), 'a\nb\nc\nd\ne\nagain z\nf\n')
  const again = start(built.main, cwd, 'run', built.fed, '--until-idle')
  expect(await again.ended, again.output()).toBe(0)
  expect(again.output()).toContain('7 finished')
})

it('goes on in `up` when an upkeep fails, and feeds what comes later', async () => {
  const cwd = folder({ 'pipewright.yaml': `app: ${built.fed}\n`, 'room.txt': 'broken' })
  const up = start(built.main, cwd, 'up', '--json')
  await expect.poll(up.output, within).toContain('An upkeep has failed')
  expect(logged(up.output())).toContainEqual(
    expect.objectContaining({
      message: 'An upkeep has failed; it is done again.',
      fields: { upkeep: 'room', error: 'the rule is lost' },
    }),
  )
  writeFileSync(join(cwd, 'room.txt'), '3')
  writeFileSync(join(cwd, 'stock.txt'), 'a\nb\nc\n')
  await expect
    .poll(
      async () => (await answerOf(cwd, 'status')).find(({ role }: any) => role === 'output')?.ready,
      within,
    )
    .toBe(3)
  expect(readFileSync(join(cwd, 'entered.txt'), 'utf8')).toBe('a\nb\nc\n')
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})

it.each([
  [
    { seed: { value: String, feed: { underWay: 0, next: () => [] } } },
    '`underWay` in the `feed` of its `seed` is 0',
  ],
  [{ seed: { value: String, feed: { underWay: 1 } } }, 'has no `next`'],
  [{ upkeep: { a: { everyMs: 1, run() {} } } }, '`everyMs` of its upkeep "a" is 1; it is a number from 100'],
  [{ upkeep: { a: { everyMs: 1000 } } }, 'its upkeep "a" has no `run`'],
  [
    { upkeep: { a: { everyMs: 1000, run() {}, atEnd: 'yes' } } },
    '`atEnd` of its upkeep "a" is yes; it is true or false.',
  ],
  [{ upkeep: { a: { everyMs: 1000, run() {}, often: true } } }, '"often"'],
])('refuses %j', async (part, sentence) => {
  const { checkOpened } = await import('../../src/app/check-opened.ts')
  const { workflow } = (await app.open({ crates: 3 }, { log: quiet, folder: folder() })) as any
  expect(() => checkOpened({ workflow, backend: memory(), ...part })).toThrow(sentence)
})
