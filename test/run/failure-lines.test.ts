import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Log } from '../../src/index.ts'
import { makeRig, type Rigging, until } from './stage-rig.ts'

type Level = keyof Log

/** A rig, and what it logs. */
async function openRig(process: Parameters<typeof makeRig>[0], rigging: Rigging = {}) {
  const lines: { readonly level: Level; readonly message: string; readonly [field: string]: unknown }[] = []
  const levels = ['debug', 'info', 'warn', 'error'] as const
  const log = Object.fromEntries(
    levels.map((level) => [
      level,
      (message: string, fields = {}) => void lines.push({ level, message, ...fields }),
    ]),
  ) as unknown as Log
  const rig = await makeRig(process, { ...rigging, log })
  await rig.push('a')
  rig.start()
  return { ...rig, lines }
}

const at = expect.stringMatching(/failure-lines\.test\.ts:\d+:\d+$/)

it('logs each failed attempt: which, of what, where, and what happens next', async () => {
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
  const rig = await openRig(
    () => {
      throw Object.assign(new TypeError('no a://me:pw@b', { cause }), { code: 'E1', retryAfterMs: 60 })
    },
    { retry: { attempts: 2 } },
  )
  await until(async () => (await rig.row('a'))?.attempts === 1)
  const which = { queue: 'make/main', id: 'a', hop: 1, attempt: 1 }
  const what = {
    error: 'TypeError: no a://...@b',
    code: 'E1',
    cause: 'Error: connect refused (ECONNREFUSED)',
    at,
  }
  expect(rig.lines[0]).toEqual({
    level: 'warn',
    message: 'The work failed; it is tried again.',
    ...which,
    ...what,
    inMs: 60,
  })
  expect(rig.lines[1]).toMatchObject({
    level: 'debug',
    id: 'a',
    stack: expect.stringMatching(
      /^TypeError: no a:\/\/\.\.\.@b \(E1\)\n {2}at .+\n[\s\S]*caused by Error: connect refused/,
    ),
  })
  await rig.clock.advance(60)
  await until(() => rig.result('a'))
  expect(rig.lines[2]).toEqual({
    level: 'warn',
    message: 'The work failed for good; the token goes where `failed` leads.',
    ...{ ...which, attempt: 2 },
    ...what,
    to: 'make/output',
  })
})

it('logs in full the error that makes a token dead', async () => {
  const rig = await openRig(
    () => {
      throw Object.assign(new TypeError('no'), { retry: false })
    },
    { failed: false },
  )
  await until(async () => (await rig.row('a'))?.status === 'dead')
  expect(rig.lines).toEqual([
    {
      level: 'error',
      message: 'The work failed for good; the token is dead.',
      ...{ queue: 'make/main', id: 'a', hop: 1, attempt: 1, error: 'TypeError: no', at },
      stack: expect.stringMatching(/^TypeError: no\n {2}at /),
    },
  ])
})

it('logs where a refused child was requested, if it is refused at once, later or in the commit', async () => {
  const child = (text: string) => ({ tag: 'Wanted', text }) as const
  const rig = await openRig(async (text, { also, id }) => {
    const { input } = rig.queues
    const late = {
      ...input,
      plan: (...entry: Parameters<typeof input.plan>) => setImmediate().then(() => input.plan(...entry)),
    }
    if (id === 'a') await also(input, './b', child(text))
    if (id === 'late') await also(late, 'b', { tag: 'Lost' } as never)
    if (id === 'known') await also(input, 'a', child(text))
    return text
  })
  await rig.push('late', 'known')
  await until(() => rig.lines.filter(({ level }) => level === 'warn').length === 3)
  for (const id of ['a', 'late', 'known'])
    expect(
      rig.lines.find((line) => line['id'] === id),
      id,
    ).toMatchObject({ at })
})

it('logs a timeout, and nothing about work that succeeds', async () => {
  const rig = await openRig((text) => (text === 'a' ? new Promise(() => {}) : text), {
    timeoutMs: 1000,
    concurrency: 2,
  })
  await rig.push('b')
  await until(() => rig.result('b'))
  expect(rig.lines).toEqual([])
  await rig.clock.advance(1000)
  await until(async () => (await rig.row('a'))?.attempts === 1)
  expect(rig.lines[0]).toMatchObject({
    level: 'warn',
    error: 'TimeoutError: The work took longer than 1000 ms.',
  })
})
