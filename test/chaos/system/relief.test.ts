import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { compiled } from '../compiled.ts'
import { figure } from '../figures.ts'
import type { PushSetup } from './push-process.ts'
import { smallDisk } from './small-disk.ts'
import { reliefMs, tellRelief } from './tell-relief.ts'
import { tool } from './tools.ts'
import { contradictions } from './verdict.ts'

// A process pushes and works while its disk fails, and must go on without a restart when it does not any more. How the
// protections were taken out once, in a copy, to see this fail: with every warning of the keeper passed on (`#warn` in
// `keeper.ts`) there are eighteen instead of one.

const within = { timeout: 20_000, interval: 20 }
const leastRefused = 20

interface Pushing {
  readonly child: ChildProcess
  readonly database: string
  readonly said: (word: string) => readonly string[]
  readonly err: () => string
}

function startPushing(folder: string): Pushing {
  const home = mkdtempSync(join(tmpdir(), 'pipewright-relief-'))
  const database = join(folder, 'queues.db')
  const setup: PushSetup = { database, ledger: home, prefix: 't', tokens: 1e6, everyMs: 10, restMs: 0 }
  const child = spawn(process.execPath, [compiled.push, JSON.stringify(setup)], { stdio: 'pipe' })
  let out = ''
  let err = ''
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })
  const said = (word: string) =>
    out
      .split('\n')
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1))
  return { child, database, said, err: () => err }
}

interface Trouble {
  readonly begin: () => void | Promise<void>
  readonly end: () => void | Promise<void>
}

const troubles: Record<string, (pushing: Pushing, disk: ReturnType<typeof smallDisk>) => Trouble> = {
  'a full disk': (_, disk) => ({ begin: disk.fill, end: disk.free }),
  'a read-only file system': ({ child }) => faulty(child, 'pwrite64,ftruncate,unlink:error=EROFS'),
  'a limit of the size of its files': ({ child }) => ({
    begin: () => limitSize(child, '65536'),
    end: () => limitSize(child, 'unlimited'),
  }),
  'a disk that does not sync': ({ child }) => faulty(child, 'fsync,fdatasync:error=EIO'),
}

function limitSize({ pid }: ChildProcess, bytes: string): void {
  tool('prlimit', '--pid', String(pid), `--fsize=${bytes}:`)
}

/** Makes calls of a process fail while strace is attached. */
function faulty({ pid }: ChildProcess, inject: string): Trouble {
  let strace: ChildProcess
  return {
    async begin() {
      tool('strace', '--version')
      strace = spawn('strace', ['-f', '-q', '-o', '/dev/null', '-e', `inject=${inject}`, '-p', String(pid)], {
        stdio: 'ignore',
      })
    },
    async end() {
      strace.kill('SIGTERM')
      await once(strace, 'exit')
    },
  }
}

it.each(Object.entries(troubles))('a process goes on after %s', { timeout: 120_000 }, async (name, make) => {
  const disk = smallDisk(8)
  const pushing = startPushing(disk.folder)
  const { said } = pushing
  await vi.waitUntil(() => said('told').length > 50, within)
  const trouble = make(pushing, disk)
  await trouble.begin()
  await vi.waitUntil(() => said('refused').length > leastRefused, within)
  const told = said('told').length
  await trouble.end()
  const endedAt = performance.now()
  await vi.waitUntil(() => said('told').length > told + 10, { ...within, timeout: 2 * reliefMs })
  const tookMs = performance.now() - endedAt
  const closed = once(pushing.child, 'close')
  pushing.child.stdin!.end()
  const [code] = await closed

  expect([code, pushing.err()]).toEqual([0, ''])
  const answers = { pushed: said('pushed'), refused: said('refused'), told: said('told') }
  const faults = await contradictions(pushing.database, answers)
  const reasons = [
    ...new Set(said('refused').map((line) => line.replace(/^\S+ /, '').replace(pushing.database, '...'))),
  ]
  const warnings = said('warned')
  figure(name, 'refused clearly', reasons.join(' '), reasons.length === 1 && /^The .*\.$/.test(reasons[0]!))
  figure(name, 'warned of once', warnings.length, new Set(warnings).size === warnings.length)
  figure(name, 'nothing half-written', faults.slice(0, 5).join(' ') || 'nothing', faults.length === 0)
  tellRelief(name, tookMs)
})
