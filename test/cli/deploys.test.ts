import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it, vi } from 'vitest'
import { built } from './built.ts'
import { childrenOf, cli, folder, logged, start } from './rig.ts'

const app = fileURLToPath(new URL('./fixtures/renaming.ts', import.meta.url))
const older = ['--config', 'older.yaml']
const newer = ['--config', 'newer.yaml']

let cwd: string
beforeEach(() => {
  cwd = folder({ 'older.yaml': '{}', 'newer.yaml': 'was: press', 'misspelt.yaml': 'was: pres' })
})

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

it('refuses to start an older version again after a renaming, but for a rollback', async () => {
  expect((await cli(cwd, 'seed', app, ...older, '--ids', 'a')).code).toBe(0)
  expect((await cli(cwd, 'seed', app, ...newer, '--ids', 'b', '--db', 'queues.db')).code).toBe(0)
  const { code, err } = await cli(cwd, 'seed', app, ...older, '--ids', 'c')
  expect(code).toBe(2)
  expect(err).toMatch(
    /^error: This version of workflow "paper" \(deploy 1\) is older than deploy 2 of .*Z, and/,
  )
  expect(err).toContain('would make queue "paper/press" again')
  const check = await cli(cwd, 'check', app, ...older)
  expect(check.err).toContain('would make queue "paper/press" again')
  expect(check.code).toBe(1)
  expect((await cli(cwd, 'check', app, ...newer)).code).toBe(0)
  for (const id of ['a', 'b']) await cli(cwd, 'cancel', id, '--reason', 'to go back')
  expect((await cli(cwd, 'seed', app, ...older, '--ids', 'c', '--rollback')).out).toContain('1 entered')
})

it('warns of a `was` that names no queue of the database', async () => {
  await cli(cwd, 'seed', app, ...older, '--ids', 'a')
  await cli(cwd, 'cancel', 'a', '--reason', 'to empty the queue')
  const { code, err } = await cli(cwd, 'check', app, '--config', 'misspelt.yaml')
  expect(err).toBe(
    'warning: Queue "paper/print" was "paper/pres", it says, but this database has no such queue. Did you mean "paper/press"?',
  )
  expect(code).toBe(0)
  const json = await cli(cwd, 'check', app, '--config', 'misspelt.yaml', '--json')
  expect(JSON.parse(json.out).warnings).toHaveLength(1)
  expect((await cli(cwd, 'check', app, ...newer)).err).toBe('')
})

it('does not start the older version again by itself, when one of its processes has died', async () => {
  const run = start(built.main, cwd, 'run', built.renaming, ...older, '--workers', '2', '--json')
  const working = () => logged(run.output()).filter(({ message }) => message === 'Working.')
  await expect.poll(working, within).toHaveLength(2)
  expect((await cli(cwd, 'seed', app, ...newer, '--ids', 'a')).code).toBe(0)
  const [first, second] = childrenOf(run.process.pid!)
  process.kill(first!, 'SIGKILL')
  const messages = () => logged(run.output()).map(({ message }) => message)
  await expect.poll(messages, within).toContainEqual(expect.stringContaining('was refused'))
  expect(messages()).toContainEqual(expect.stringMatching(/^This version of workflow "paper"/))
  process.kill(second!, 'SIGKILL')
  expect(await run.ended).toBe(1)
  expect(run.output()).toMatch(/Process worker-\d was refused; see its lines above\./)
  const { out } = await cli(cwd, 'sql', `select name from queues where name like '%/pr%'`, '--json')
  expect(JSON.parse(out)).toEqual([{ name: 'paper/print' }])
})
