import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { exitCodes } from '../../src/cli/exit-code.ts'
import { built } from './built.ts'
import { answerOf, cli, folder, logged, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })

const app = fileURLToPath(new URL('./fixtures/delivering.ts', import.meta.url))
const delivered = (cwd: string) => readFileSync(join(cwd, 'delivered.txt'), 'utf8').trim().split('\n').sort()

it('takes finished tokens off the output, again after a crash, and keeps those that fail as dead until `retry`', async () => {
  const cwd = folder()
  await cli(cwd, 'seed', app, '--ids', 'a,bad,crash')
  const run = start(built.main, cwd, 'run', built.delivering, '--until-idle', '--json')
  expect(await run.ended, run.output()).toBe(exitCodes.dead)
  expect(delivered(cwd)).toEqual(['a:2 A', 'bad:2 BAD', 'bad:2 BAD', 'crash:2 CRASH', 'crash:2 CRASH'])
  expect(run.output()).toContain('1 token is dead: 1 in parcels/output')
  expect(logged(run.output())).toContainEqual(
    expect.objectContaining({ message: 'Working.', fields: { workers: 'pack,output' } }),
  )
  const output = async () =>
    (await answerOf(cwd, 'status')).find(({ role }: { role: string }) => role === 'output')
  expect(await output()).toMatchObject({ ready: 0, dead: 1 })
  writeFileSync(join(cwd, 'open.txt'), '')
  expect((await cli(cwd, 'retry', 'output')).out).toBe('1 is ready again in parcels/output')
  const again = start(built.main, cwd, 'run', built.delivering, '--until-idle')
  expect(await again.ended, again.output()).toBe(0)
  expect(await output()).toMatchObject({ ready: 0, dead: 0 })
  const { lines } = await answerOf(cwd, 'token', 'bad')
  expect(lines.at(-1)).toMatchObject({ event: 'popped', queue: 'parcels/output' })
})

it('does so in `work`, also alone', async () => {
  const cwd = folder()
  await cli(cwd, 'seed', app, '--ids', 'a')
  const pack = start(built.main, cwd, 'work', built.delivering, '--only', 'pack')
  await vi.waitUntil(
    async () =>
      (await answerOf(cwd, 'sql', "select id from tokens where queue = 'parcels/output'")).length === 1,
    { timeout: 60_000, interval: 50 },
  )
  pack.process.kill('SIGTERM')
  expect(await pack.ended).toBe(0)
  const output = start(built.main, cwd, 'work', built.delivering, '--only', 'output')
  await vi.waitUntil(async () => (await answerOf(cwd, 'token', 'a')).lines.at(-1).event === 'popped', {
    timeout: 60_000,
    interval: 50,
  })
  output.process.kill('SIGTERM')
  expect(await output.ended).toBe(0)
  expect(delivered(cwd)).toEqual(['a:2 A'])
})
