import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { exitCodes } from '../../src/cli/exit-code.ts'
import { built } from './built.ts'
import { answerOf, cli, folder, logged, start } from './rig.ts'

const app = fileURLToPath(new URL('./fixtures/by-hand.ts', import.meta.url))

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })

it('charges a token with what a loop by hand throws at it, and starts the loop again in its process', async () => {
  const cwd = folder()
  expect((await cli(cwd, 'seed', app, '--ids', 'bad,a,b', '--db', 'queues.db')).code).toBe(0)
  const run = start(built.main, cwd, 'run', built.byHand, '--db', 'queues.db', '--until-idle', '--json')
  expect(await run.ended, run.output()).toBe(exitCodes.dead)
  const lines = logged(run.output())
  expect(lines.filter(({ message }) => message.startsWith('A process ended unexpectedly'))).toEqual([])
  expect(
    lines.filter(({ message }) => message.startsWith('A loop of a stage')).map(({ fields }) => fields),
  ).toMatchObject([
    { queue: 'hand/echo', error: 'Error: cannot do bad', inMs: 100 },
    { queue: 'hand/echo', error: 'Error: cannot do bad' },
  ])
  expect(JSON.parse(run.output().trim().split('\n').at(-2)!)).toMatchObject({ finished: 2, dead: 1 })
  const { lines: history } = await answerOf(cwd, 'token', 'bad', '--db', 'queues.db')
  expect(history).toMatchObject([
    { event: 'entered' },
    { event: 'postponed', attempt: 1, error: { message: 'cannot do bad' } },
    { event: 'buried', attempt: 2, error: { message: 'cannot do bad' } },
  ])
})

it('stops a token at which a loop by hand fails, or its process dies, while it has several in hand', async () => {
  const cwd = folder()
  const ids = ['a', 'bad', 'b', 'c', 'fatal', 'd', 'e', 'f']
  const app = fileURLToPath(new URL('./fixtures/in-batches.ts', import.meta.url))
  expect((await cli(cwd, 'seed', app, '--ids', ids.join(), '--db', 'queues.db')).code).toBe(0)
  const run = start(built.main, cwd, 'run', built.inBatches, '--db', 'queues.db', '--until-idle', '--json')
  expect(await run.ended, run.output()).toBe(exitCodes.dead)
  expect(JSON.parse(run.output().trim().split('\n').at(-2)!)).toMatchObject({ finished: 6, dead: 2 })
  const historyOf = async (id: string) => {
    const { lines } = await answerOf(cwd, 'token', id, '--db', 'queues.db')
    return lines.map(({ event, attempt }: { event: string; attempt?: number }) =>
      `${event} ${attempt ?? ''}`.trim(),
    )
  }
  expect((await historyOf('bad')).filter((line: string) => !/^(expired|released)/.test(line))).toEqual([
    'entered',
    'postponed 1',
    'buried 2',
  ])
  const fatal = await historyOf('fatal')
  // Once or twice in company, then three times alone.
  expect(fatal.filter((line: string) => line.startsWith('expired')).length).toBeLessThan(7)
  expect(fatal.at(-1)).toMatch(/^buried/)
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) expect((await historyOf(id)).at(-1)).toBe('moved 1')
})
