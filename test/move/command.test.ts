import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { built } from '../cli/built.ts'
import { answerOf, cli, folder, start } from '../cli/rig.ts'
import { entering, type Place, schema, standingOf } from './rig.ts'

const { CHAOS } = process.env
const kills = CHAOS === 'long' ? 60 : 6
const tokens = 4000

/** The ids of all tokens of the first queue, page by page, with those that are there twice. */
async function allIds(backend: Awaited<ReturnType<Place['open']>>): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ; ) {
    const { rows, next } = await backend.list('shop/first', {
      limit: 1000,
      ...(after !== undefined && { after }),
    })
    ids.push(...rows.map(({ id }) => id))
    if (next === undefined) return ids.sort()
    after = next
  }
}

it('killed at random, and run again, the command loses nothing and brings nothing twice', async () => {
  const cwd = folder()
  const there = schema()
  // What was answered with success, as the world outside knows it.
  const ledger = Array.from({ length: tokens }, (_, n) => `t${n}`).sort()
  const backend = await sqlite(join(cwd, 'here.db'))
  await backend.declare({
    ...{ workflow: 'shop', fingerprint: 'v1' },
    queues: [{ name: 'shop/first', role: 'stage' }],
  })
  await Promise.all(ledger.map((id) => backend.commit([entering(id, { id, text: 'x'.repeat(200) })])))
  await backend.close()
  const moves = [
    ['here.db', there.name],
    [there.name, 'back.db'],
  ] as const
  let killed = 0
  for (const [from, to] of moves)
    for (let left = kills / moves.length; ; left--) {
      const mover = start(built.main, cwd, 'move-to', to, '--db', from)
      if (left > 0) {
        // The first ones early: a quick machine needs no second for all of it.
        const longest = left === kills / moves.length ? 250 : 2500
        await Promise.race([sleep(150 + Math.random() * longest), mover.ended])
        mover.process.kill('SIGKILL')
      }
      const code = await mover.ended
      if (code === 'SIGKILL') killed++
      else expect([code, mover.output()]).toEqual([0, expect.stringMatching(/counts and hashes|were moved/)])
      if (code === 0) break
    }
  expect(killed).toBeGreaterThan(0)
  const back = await sqlite(join(cwd, 'back.db'))
  expect(await allIds(back)).toEqual(ledger)
  expect(await back.count('shop/first')).toMatchObject([{ ready: tokens, leased: 0, dead: 0 }])
  await back.close()
  expect(await standingOf(there)).toBe('moved')
}, 240_000)

it('a worker that runs on meanwhile is refused, and its hop does not count', async () => {
  const cwd = folder()
  const there = schema()
  await answerOf(cwd, 'seed', built.letters, '--ids', 'slow1,slow2')
  const worker = start(built.main, cwd, 'work', built.letters)
  const leased = async () =>
    (await answerOf(cwd, 'status')).find(({ queue }: { queue: string }) => queue === 'letters/stamp').leased
  await vi.waitFor(async () => expect(await leased()).toBe(2), { timeout: 60_000, interval: 200 })
  const { code, out } = await cli(cwd, 'move-to', there.name)
  expect([code, out]).toEqual([0, expect.stringMatching(/^Moved 2 tokens and .* is closed for good\.$/)])
  await vi.waitFor(() => expect(worker.output()).toMatch(/queues in .* moved to .*pipewright move-to/), {
    timeout: 60_000,
    interval: 200,
  })
  worker.process.kill('SIGTERM')
  await worker.ended
  const { code: refused, err } = await cli(cwd, 'work', built.letters)
  expect([refused, err]).toEqual([1, expect.stringMatching(/were moved to .* start again/)])
  const queues = await answerOf(cwd, 'status', '--db', there.name)
  const stamp = queues.find(({ queue }: { queue: string }) => queue === 'letters/stamp')
  expect(stamp.ready + stamp.leased).toBe(2)
  expect(await answerOf(cwd, 'token', 'slow1', '--db', there.name)).toMatchObject({ id: 'slow1' })
}, 240_000)

it('the command says what is wrong with what it is given', async () => {
  const cwd = folder()
  const { name } = schema()
  const said = async (...args: string[]) => {
    const { code, err } = await cli(cwd, 'move-to', ...args)
    return [code, err]
  }
  const secret = 'postgres://ann:secret@localhost/books'
  const [code, err] = await said(secret)
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/^error: The URL of the target has a password, .* PGPASSFILE/),
  ])
  expect(err).not.toContain('secret')
  expect(await said(name)).toEqual([2, expect.stringContaining('There is no queues.db in this folder')])
  await answerOf(cwd, 'seed', built.letters, '--ids', 'a')
  expect(await said(name, '--cancel')).toEqual([2, expect.stringContaining('are not being moved')])
  expect(await said('http://localhost:1')).toEqual([2, expect.stringContaining('is neither')])
  expect(await said('queues.db')).toEqual([2, expect.stringContaining('already')])
  const moved = await answerOf(cwd, 'move-to', name)
  expect(moved).toMatchObject({
    wasDone: false,
    tables: { tokens: { rows: 1, hash: expect.stringMatching(/^\w{64}$/) } },
  })
  expect(await answerOf(cwd, 'move-to', name)).toMatchObject({ wasDone: true, tables: moved.tables })
  expect(await said(name, '--cancel')).toEqual([2, expect.stringContaining('cannot be cancelled')])
}, 120_000)
