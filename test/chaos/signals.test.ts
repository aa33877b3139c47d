import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { cli, folder, isAlive, logged, type Started, start } from '../cli/rig.ts'
import { compiled } from './compiled.ts'
import { figure } from './figures.ts'

// What a process does that is asked to end. How each protection was taken out once, in a copy, to see this fail:
// - idle: `#finishIfIdle` not called by `stop` in `worker-loop.ts`: it does not end;
// - busy: the release of what runs when the grace is over (`stop` there): it is out only when its work is;
// - twice: `hurry` not called in `stop-signal.ts`: it takes as long as once.

const long = process.env['CHAOS'] === 'long'
const usualGraceMs = 20_000
const graceMs = long ? usualGraceMs : 500
const busyMs = long ? 25_000 : graceMs + 5000
const idleMs = long ? 1000 : 5000
const patient = fileURLToPath(new URL('./patient-app.ts', import.meta.url))
const within = { timeout: 30_000, interval: 10 }
const commands = ['work', 'run', 'run, on suspects'] as const
type Asking = (typeof commands)[number]

interface Asked {
  readonly cwd: string
  readonly process: Started
  /** The processes that work. */
  readonly pids: () => readonly number[]
}

/** Starts what is asked, and waits until it works on `ids`, or for them. */
async function begin(asking: Asking, ids: readonly string[], graceMs = usualGraceMs): Promise<Asked> {
  const command = asking.split(',')[0]!
  const cwd = folder({ 'c.yaml': `graceMs: ${graceMs}` })
  if (ids.length > 0) {
    const seeded = await cli(cwd, 'seed', patient, '--ids', ids.join(','))
    expect(seeded.code, seeded.err).toBe(0)
    if (asking === 'run, on suspects') await orphan(cwd)
  }
  const args = [compiled.patient, '--config', 'c.yaml']
  const process = start(compiled.cli, cwd, command, ...args, '--json')
  const file = join(cwd, 'began')
  const pids = () =>
    existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number.parseFloat) : []
  const works = () => logged(process.output()).some(({ message }) => message === 'Working.')
  await vi.waitUntil(() => works() && pids().length === ids.length, within)
  return { cwd, process, pids }
}

/** Leaves what waits there to a process that is gone. */
async function orphan(cwd: string): Promise<void> {
  const backend = await sqlite(join(cwd, 'queues.db'))
  await backend.lease('patient/wait', { owner: 'gone', leaseMs: 1, timeoutMs: 60_000, limit: 100 })
  await backend.close()
}

async function took(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

const say = (ms: number) => `${(ms / 1000).toFixed(1)} s`

it.each(['work', 'run'] as const)(
  '%s leaves at once when it is idle',
  { timeout: 60_000 },
  async (command) => {
    const { process } = await begin(command, [])
    const ms = await took(async () => {
      process.process.kill('SIGTERM')
      expect(await process.ended).toBe(0)
    })
    figure(`SIGTERM to ${command}, idle`, `exit code 0 in ${say(idleMs)}`, say(ms), ms < idleMs)
  },
)

it.each(commands)('%s gives back what runs when its grace is over', { timeout: 90_000 }, async (command) => {
  const { cwd, process, pids } = await begin(command, ['a'], graceMs)
  const ms = await took(async () => {
    process.process.kill('SIGTERM')
    expect(await process.ended).toBe(0)
  })
  const { row } = JSON.parse((await cli(cwd, 'token', 'a', '--json')).out)
  expect(row).toMatchObject({
    status: 'ready',
    attempts: 0,
    crashes: 0,
    suspect: command.includes('suspects'),
  })
  expect(pids().filter(isAlive)).toEqual([])
  figure(
    `SIGTERM to ${command}, busy`,
    `exit code 0 in ${say(busyMs)}, nothing charged`,
    say(ms),
    ms < busyMs,
  )
})

it.each(commands)('%s ends at once at a second signal', { timeout: 60_000 }, async (command) => {
  const { process, pids } = await begin(command, ['a'])
  // Two signals within half a second count as one, since the terminal and npm both send one; the time counts from when the
  // process has noticed the first.
  const gapMs = 1000
  let ms = 0
  process.process.kill('SIGTERM')
  const isTold = () => command === 'work' || process.output().includes('Ending')
  await vi.waitUntil(isTold, within)
  await sleep(gapMs)
  ms = await took(async () => {
    process.process.kill('SIGTERM')
    expect(await process.ended).toBe(130)
    await vi.waitUntil(() => pids().every((pid) => !isAlive(pid)), within)
  })
  figure(`SIGTERM to ${command}, twice`, 'exit code 130 at once, children too', say(ms), ms < idleMs)
})
