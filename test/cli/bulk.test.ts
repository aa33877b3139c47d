import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/index.ts'
import type { Change } from '../../src/queue/change.ts'
import { built } from './built.ts'
import { answerOf, cli, folder, letters, start } from './rig.ts'

vi.setConfig({ testTimeout: 60_000 })

let cwd: string
const stamp = 'letters/stamp'
const app = ['--app', letters]
const why = ['--reason', 'a new clerk']

beforeEach(() => {
  cwd = folder()
})

async function withFile<T>(act: (backend: Backend) => Promise<T>): Promise<T> {
  const backend = await sqlite(join(cwd, 'queues.db'))
  try {
    return await act(backend)
  } finally {
    await backend.close()
  }
}

/** Letters of which the first `dead` have died before they were stamped. */
async function write(count: number, dead: number): Promise<void> {
  expect((await cli(cwd, 'seed', letters, '--ids', 'a0')).code).toBe(0)
  await withFile(async (backend) => {
    const token = (n: number) => ({ id: `a${n}`, hop: 1, frames: [], priority: 0, deploy: 1 })
    const value = (n: number) => ({ tag: 'Written', text: `Dear a${n}` })
    const entering = Array.from({ length: count - 1 }, (_, i): Change => {
      return { kind: 'push', queue: stamp, token: token(i + 1), value: value(i + 1), enter: 'refuse' }
    })
    await backend.commit(entering)
    const ids = Array.from({ length: dead }, (_, n) => `a${n}`)
    const leased = await backend.lease(stamp, { owner: 'w', leaseMs: 60_000, timeoutMs: 60_000, ids })
    const error = { kind: 'error', name: 'Error', message: 'no ink' } as const
    await backend.commit(
      leased.map(({ id, hop, lease }): Change => ({ kind: 'bury', queue: stamp, id, hop, lease, error })),
    )
  })
}

/** The ids of the tokens that were made ready, one for each time. */
const revived = () =>
  withFile(async (backend) => {
    const ids: string[] = []
    for (let after: string | undefined; ; ) {
      const { lines, next } = await backend.lines({ event: 'revived', limit: 1000, after })
      ids.push(...lines.flatMap(({ id }) => id ?? []))
      if (next === undefined) return ids
      after = next
    }
  })

it('says what it would do, does it, lists it, and takes it back', async () => {
  await write(3, 2)
  const dry = await cli(cwd, 'bulk', 'retry', '--where', 'status:dead', '--dry-run', ...app, ...why)
  expect(dry).toMatchObject({
    code: 0,
    out: expect.stringContaining(`2 match: 2 done\n  2 would be in ${stamp}`),
  })
  expect(await answerOf(cwd, 'bulk', 'list', ...app)).toEqual([])
  expect(await revived()).toEqual([])
  const run = await answerOf(cwd, 'bulk', 'retry', '--where', 'status:dead', '--by', 'bob', ...app, ...why)
  expect(run).toMatchObject({ state: 'done', action: 'retry', done: 2, by: 'bob', reason: 'a new clerk' })
  expect((await revived()).sort()).toEqual(['a0', 'a1'])
  const shown = await cli(cwd, 'bulk', 'show', run.id, ...app)
  expect(shown.out).toContain(`${run.id}: done\n  by bob: a new clerk\n  where status:dead\n  2 done of 2`)
  expect((await cli(cwd, 'bulk', 'list', ...app)).out).toMatch(/^id +state .*\nretry-\w+ +done /)
  const undo = await answerOf(cwd, 'bulk', 'undo', run.id, ...app, ...why)
  expect(undo).toMatchObject({ state: 'done', action: 'undo', of: run.id, done: 2 })
  expect(await answerOf(cwd, 'list', '--where', 'status:dead')).toMatchObject({
    rows: [{ hop: 2 }, { hop: 2 }],
  })
  expect(
    await answerOf(cwd, 'bulk', 'edit', 'stamp', '--where', '', '--set', 'text=5', ...app, ...why),
  ).toMatchObject({
    ...{ done: 0, refused: 3, refusals: [{ id: expect.stringMatching(/^a\d$/), queue: stamp }, {}, {}] },
  })
})

it('refuses what cannot be asked for', async () => {
  await write(1, 0)
  for (const [args, code] of [
    [['retry', ...app, ...why], 2],
    [['retry', '--where', '', ...why], 2],
    [['retry', '--where', '', ...app], 2],
    [['edit', '--where', '', ...app, ...why], 2],
    [['retry', '--where', '', '--rate', '0', ...app, ...why], 2],
    [['retry', '--where', 'nosuch:1', ...app, ...why], 1],
    [['undo', 'ghost', ...app, ...why], 1],
    [['drop', ...app], 2],
  ] as const) {
    const { code: found, err } = await cli(cwd, 'bulk', ...args)
    expect([found, args.join(' ')]).toEqual([code, args.join(' ')])
    expect(err).not.toBe('')
  }
})

it('is gone on with by another process when its own was killed, each token once', async () => {
  await write(600, 600)
  const args = ['--where', '', '--rate', '200', '--app', built.letters, ...why]
  const first = start(built.main, cwd, 'bulk', 'retry', ...args)
  const runs = () => answerOf(cwd, 'bulk', 'list', ...app)
  await expect.poll(async () => (await runs())[0]?.done ?? 0, { timeout: 30_000 }).toBeGreaterThanOrEqual(200)
  first.process.kill('SIGKILL')
  expect(await first.ended).toBe('SIGKILL')
  const [left] = await runs()
  expect(left.done).toBeLessThan(600)
  start(built.main, cwd, 'serve', built.letters, '--port', '0')
  await expect.poll(async () => (await runs())[0].state, { timeout: 30_000 }).toBe('done')
  expect((await runs())[0]).toMatchObject({ done: 600, refused: 0, passedOver: 0, total: 600 })
  const ids = await revived()
  expect([ids.length, new Set(ids).size]).toEqual([600, 600])
})

it('goes on elsewhere when its command is interrupted', async () => {
  await write(60, 60)
  const args = ['--where', '', '--rate', '30', '--app', built.letters, ...why]
  const first = start(built.main, cwd, 'bulk', 'retry', ...args)
  const runs = () => answerOf(cwd, 'bulk', 'list', ...app)
  await expect.poll(async () => (await runs())[0]?.done ?? 0, { timeout: 30_000 }).toBeGreaterThanOrEqual(30)
  first.process.kill('SIGINT')
  expect(await first.ended).toBe(0)
  const [{ id }] = await runs()
  expect(first.output()).toContain(`or stop it: pipewright bulk stop ${id}`)
  expect(await answerOf(cwd, 'bulk', 'stop', id, ...app, ...why)).toMatchObject({ state: 'stopped' })
  expect(await answerOf(cwd, 'bulk', 'resume', id, ...app, ...why)).toMatchObject({ state: 'done', done: 60 })
  expect(await revived()).toHaveLength(60)
})
