import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { built } from './built.ts'
import { answerOf, cli, folder, isAlive, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

beforeEach(() => {
  vi.stubEnv('XDG_STATE_HOME', folder())
  return () => vi.unstubAllEnvs()
})

/** The file of an `up` of the letters. */
const upFile = (rest = '') => `app: ${built.letters}\n${rest}`

interface Shown {
  readonly pid: number
  readonly groups: readonly { readonly name: string; readonly processes: number }[]
  readonly processes: readonly {
    readonly name: string
    readonly state: string
    readonly pid: number
    readonly restarts: number
    readonly ended?: string
  }[]
}

const ps = (cwd: string): Promise<Shown> => answerOf(cwd, 'ps')

/** Starts `up` in the folder `cwd`, and waits until all its processes have come up. */
async function started(cwd: string, ...args: readonly string[]) {
  const up = start(built.main, cwd, 'up', '--json', ...args)
  await expect.poll(up.output, within).toMatch(/All processes have come up|"code"/)
  return up
}

it('runs the stages of a file in processes of their own, shows them, and ends them', async () => {
  const cwd = folder({
    'pipewright.yaml': upFile(`
config: { ids: [a, b, odd1] }
run:
  stamp: { processes: 2, concurrency: 3 }
  send: 1
`),
  })
  const up = await started(cwd)
  const shown = await ps(cwd)
  expect(shown).toMatchObject({
    pid: up.process.pid,
    app: 'letters',
    config: join(cwd, 'pipewright.yaml'),
    groups: [
      { name: 'stamp', processes: 2, concurrency: 3 },
      { name: 'send', processes: 1 },
      { name: 'serve', processes: 1 },
    ],
  })
  expect(shown.processes.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'stamp-1 running',
    'stamp-2 running',
    'send-1 running',
    'serve running',
  ])
  await expect.poll(async () => (await answerOf(cwd, 'token', 'b')).finishedAt, within).toBeDefined()
  expect((await cli(cwd, 'ps')).out).toMatch(
    /^letters, process \d+, up for .*\nprocess +state .*\nstamp-1 +running/,
  )
  expect(await answerOf(cwd, 'down')).toMatchObject({ pid: up.process.pid })
  expect(await up.ended).toBe(0)
  expect(shown.processes.filter(({ pid }) => isAlive(pid))).toEqual([])
  expect((await cli(cwd, 'ps')).err).toContain('No `pipewright up` runs with pipewright.yaml')
})
