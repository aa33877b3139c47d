import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { type IsolatedWork, type Isolation, isolated, makeQueues, worker } from '../../src/index.ts'
import { faultOf } from '../../src/queue/fault.ts'
import { silent } from '../../src/run/log.ts'
import { builtFile } from '../built.ts'
import { openUsual } from '../on/open.ts'

// Compiled, since it starts in a third of the time.
const url = pathToFileURL(builtFile('test/run/fixtures/odd-jobs.task.ts'))
const oddJobs = (isolation: Isolation) =>
  isolated<typeof import('./fixtures/odd-jobs.task.ts')>(url, isolation)
const typescript = new URL('./fixtures/odd-jobs.task.ts', import.meta.url)

function work(more: Partial<IsolatedWork> = {}): IsolatedWork {
  const { signal } = new AbortController()
  return {
    id: 'a',
    key: 'a:1',
    stageKey: 'a@w/s',
    attempt: 1,
    signal,
    log: silent,
    progress: () => {},
    ...more,
  }
}

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** What Linux says of a process: its state, and how long it has been computing, in hundredths of a second. */
async function lookAt(pid: number): Promise<{ state: string; worked: number } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields && { state: fields[0]!, worked: Number(fields[11]) }
}

async function isGone(pid: number): Promise<boolean> {
  const seen = await lookAt(pid)
  // A zombie still has a number.
  return seen === undefined || seen.state === 'Z'
}

describe.each(['process', 'thread'] as const)('a function isolated in a %s', (where) => {
  const run = oddJobs({ in: where, config: { greeting: 'hello' }, stopMs: 50 })

  it('gets its value, its context and its config, and gives its result', async () => {
    expect(
      await run({ act: 'echo', text: 'you' }, work({ key: 'b:3', stageKey: 'b@w/s', attempt: 2 })),
    ).toEqual({
      text: 'hello you',
      key: 'b:3',
      stageKey: 'b@w/s',
      attempt: 2,
    })
  })

  it('may be and import all that is TypeScript', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipewright-task-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'lib.ts'), `export enum Color { Red = 'red' }`)
    const path = join(folder, 'a.task.ts')
    writeFileSync(path, `import { Color } from './lib'\nexport default (n: number) => Color.Red + n`)
    const typed = isolated<{ default: (n: number) => string }>(pathToFileURL(path), { in: where })
    expect(await typed(3, work())).toBe('red3')
  })

  it('fails with what it threw', async () => {
    await expect(run({ act: 'fail' }, work())).rejects.toMatchObject({
      name: 'TypeError',
      message: 'no good',
      code: 'BadFile',
      retry: false,
      retryAfterMs: 5,
      details: { file: 'a.txt' },
    })
    await expect(run({ act: 'fail', text: 'odd' }, work())).rejects.toMatchObject({ message: 'no good' })
  })

  it('fails with what is behind that, and where it came from', async () => {
    const fromTypeScript = isolated(typescript, { in: where })
    const error = await fromTypeScript({ act: 'fail' }, work()).catch((thrown: unknown) => thrown)
    const { stack, causes } = faultOf(error)
    expect(stack).toMatch(/^at oddJobs \(.*odd-jobs\.task\.ts:\d+:\d+\)$/)
    expect(causes!.slice(0, 3)).toMatchObject([
      { name: 'AggregateError', message: 'outer', stack: expect.stringContaining('at behind ') },
      { name: 'RangeError', message: 'inner', code: 'EDEEP' },
      { name: 'AggregateError', message: 'outer' },
    ])
    expect(causes!.at(-1)).toMatchObject({ name: 'Error', message: 'just text' })
  })

  it('fails with all fields of what it throws, of every kind and realm', async () => {
    const told = { retry: false, retryAfterMs: 5, details: { file: 'a.txt' } }
    const failing = async (text: string) => {
      const error = await run({ act: 'throw', text }, work()).catch((thrown: unknown) => thrown)
      const { stack: _, causes, ...fault } = faultOf(error)
      return { error, fault, causes: causes?.map(({ name, message }) => `${name}: ${message}`) }
    }
    expect(await failing('foreign')).toMatchObject({
      error: { ...told, stack: expect.stringContaining('RangeError: from elsewhere\n    at ') },
      fault: { name: 'RangeError', message: 'from elsewhere', code: 'EVM' },
      causes: ['TypeError: deep'],
    })
    expect(await failing('plain')).toMatchObject({
      error: told,
      fault: { name: 'Error', message: 'no error' },
      causes: ['TypeError: deep'],
    })
    expect((await failing('numbered')).error).toMatchObject({ code: 11000 })
    expect((await failing('cancelled')).fault).toEqual({
      kind: 'error',
      name: 'AbortError',
      message: 'no more',
    })
    expect((await failing('mute')).fault).toMatchObject({ name: 'undefined', message: 'undefined' })
    expect(await failing('odd')).toMatchObject({
      fault: { name: 'Error', message: '7' },
      causes: ['Error: x'],
    })
  })

  it('reports progress and logs where its worker does', async () => {
    const told: unknown[] = []
    const info = (...said: unknown[]) => void told.push(said)
    await run(
      { act: 'tell' },
      work({ log: { ...silent, info }, progress: (...said) => void told.push(said) }),
    )
    expect(told).toEqual([
      [0.5, 'half'],
      ['a word', { n: 1 }],
    ])
  })

  it('crashes alone when it exits, and the next message finds a new one', async () => {
    await expect(run({ act: 'exit' }, work())).rejects.toMatchObject({
      name: 'Crash',
      kind: 'crash',
      message: `The ${where} that ran odd-jobs.task.js ended with exit code 7.`,
    })
    expect(await run({ act: 'echo', text: 'again' }, work())).toMatchObject({ text: 'hello again' })
  })

  it('is stopped by its own signal, and goes on with the next message', async () => {
    const stop = new AbortController()
    const stopped = run(
      { act: 'wait' },
      work({ signal: stop.signal, progress: () => stop.abort(new Error('enough')) }),
    )
    await expect(stopped).rejects.toThrow('enough')
  })

  it('is killed when it does not stop', async () => {
    const stop = new AbortController()
    const killed = run(
      { act: 'spin' },
      work({ signal: stop.signal, progress: () => stop.abort(new Error('late')) }),
    )
    await expect(killed).rejects.toThrow('late')
  })

  it('cannot have more memory than it is given', async () => {
    const small = oddJobs({ in: where, maxMemoryMb: 32 })
    await expect(small({ act: 'hoard' }, work())).rejects.toMatchObject({ kind: 'crash' })
  })

  it.each(['hang', 'spin', 'churn'] as const)(
    'is killed when it shows no sign of life, since all it does is %s',
    async (act) => {
      const stalling = oddJobs({ in: where, stallMs: 200 })
      await expect(stalling({ act }, work())).rejects.toMatchObject({
        name: 'Stall',
        kind: 'timeout',
        code: 'stalled',
        message: 'odd-jobs.task.js showed no sign of life for 200 ms and was stopped.',
      })
    },
  )

  it('does not start for an attempt that is over', async () => {
    await expect(
      run({ act: 'echo' }, work({ signal: AbortSignal.abort(new Error('over')) })),
    ).rejects.toThrow('over')
  })
})

describe('a pool of processes', () => {
  it('works on as many messages as it is asked to, each in its own, and keeps them for the next ones', async () => {
    const run = oddJobs({ in: 'process' })
    const where = async () => ((await run({ act: 'where' }, work())) as { pid: number }).pid
    const first = await Promise.all([where(), where()])
    expect(new Set(first).size).toBe(2)
    expect(first).toContain(await where())
  })

  it.runIf(process.platform === 'linux')(
    'ends a process that has had nothing to do for a while',
    async () => {
      const run = oddJobs({ in: 'process', idleMs: 1 })
      const { pid } = (await run({ act: 'where' }, work())) as { pid: number }
      await expect.poll(() => isGone(pid)).toBe(true)
    },
  )

  it('names the signal that killed one', async () => {
    await expect(oddJobs({ in: 'process' })({ act: 'die' }, work())).rejects.toThrow('was killed by SIGKILL')
  })

  it('shows neither the config nor settings of ours on the command line or in the environment', async () => {
    vi.stubEnv('PIPEWRIGHT_PASSPHRASE_X', 'a secret')
    const run = oddJobs({ in: 'process', config: { greeting: 'a secret' } })
    const { args, env } = (await run({ act: 'where' }, work())) as { args: string[]; env: string[] }
    vi.unstubAllEnvs()
    expect(args.join(' ')).not.toContain('secret')
    expect(env.filter((name) => name.startsWith('PIPEWRIGHT_'))).toEqual([])
  })

  it.runIf(process.platform === 'linux').each(['wait', 'spin', 'open'])(
    'does not outlive a parent that was killed, when all it does is %s',
    async (act) => {
      const script = builtFile('test/run/fixtures/parent-of-a-spinner.ts')
      const slow = join(scratchFolder(), 'slow')
      execFileSync('mkfifo', [slow])
      const command = [script, act, slow]
      const parent = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
      const [printed] = await once(parent.stdout, 'data')
      const pid = Number(String(printed))
      const { worked } = (await lookAt(pid))!
      // Before it spins, it would notice that its parent is gone.
      if (act === 'spin')
        await expect.poll(async () => (await lookAt(pid))!.worked).toBeGreaterThan(worked + 10)
      parent.kill('SIGKILL')
      await expect.poll(() => isGone(pid), { timeout: 5000, interval: 20 }).toBe(true)
    },
  )
})

it.skipIf(process.platform === 'win32')(
  'waits for a file for as long as that takes, while work that waits for nothing is stopped again and again',
  async () => {
    const slow = join(scratchFolder(), 'slow')
    execFileSync('mkfifo', [slow])
    const run = oddJobs({ in: 'process', stallMs: 500 })
    let isOpen = false
    const opening = run({ act: 'open', text: slow }, work()).then(() => (isOpen = true))
    for (let stalls = 0; stalls < 2; stalls++)
      await expect(run({ act: 'hang' }, work())).rejects.toMatchObject({ code: 'stalled' })
    expect(isOpen).toBe(false)
    await (await open(slow, 'w')).close()
    await opening
    expect(isOpen).toBe(true)
  },
)

it('is refused when it is given no time at all to show life', () => {
  expect(() => oddJobs({ in: 'thread', stallMs: 0 })).toThrow(
    'stallMs is 0; it is a number of milliseconds from 100 to 86400000, a day.',
  )
})

it.each(['idleMs', 'stopMs'])('is refused when %s is no time, and may be given any', async (name) => {
  for (const ms of [-1, Number.NaN]) {
    expect(() => oddJobs({ in: 'thread', [name]: ms })).toThrow(
      `${name} is ${ms}; it is a number of milliseconds from 0.`,
    )
  }
  const warned = vi.fn()
  process.on('warning', warned)
  for (const ms of [2 ** 31, Number.POSITIVE_INFINITY]) {
    const run = oddJobs({ in: 'thread', [name]: ms })
    const stop = new AbortController()
    const stopped = run({ act: 'wait' }, work({ signal: stop.signal, progress: () => stop.abort('enough') }))
    await expect(stopped).rejects.toBe('enough')
  }
  process.off('warning', warned)
  // Node says so when it makes a timer of 1 ms of a longer one.
  expect(warned).not.toHaveBeenCalled()
})

it('is refused when there is no such module', () => {
  expect(() => isolated(new URL('./nowhere.task.ts', import.meta.url), { in: 'process' })).toThrow(
    /^isolated\(\) found no module at .*nowhere\.task\.ts\.$/,
  )
  expect(() => isolated(new URL('https://example.org/x.js'), { in: 'thread' })).toThrow(
    'from a file, not https:',
  )
})

it('gives a worker that is stuck its deadline, and the token its failure', async () => {
  const run = oddJobs({ in: 'process', stopMs: 10 })
  const stuck = worker({
    input: z.object({ act: z.enum(['spin', 'echo']) }),
    output: z.unknown(),
    timeoutMs: 700,
    retry: { attempts: 1 },
    process: run,
  })
  const backend = await openUsual()
  const queues = await makeQueues(stuck, backend, 'stuck')
  const stop = new AbortController()
  const running = queues.artifacts()(stop.signal)
  await queues.input.push('1', { act: 'spin' })
  await expect
    .poll(async () => (await backend.get('stuck/main', '1'))?.status, { timeout: 5000 })
    .toBe('dead')
  expect((await backend.get('stuck/main', '1'))?.error).toMatchObject({ kind: 'timeout' })
  stop.abort()
  await running
})
