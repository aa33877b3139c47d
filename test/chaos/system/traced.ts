import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type Call, parseCalls } from './calls.ts'
import { tool } from './tools.ts'

/** A Node process under strace. */
export interface Traced {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** The exit code of the process, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** What it has done so far. */
  readonly calls: () => readonly Call[]
  /** Sends a signal to the process itself, if it is still there; strace ends with it. */
  readonly kill: (signal: NodeJS.Signals) => void
}

const writes = 'trace=pwrite64,write,writev,fsync,fdatasync,ftruncate,unlink'

/** Starts Node with `args` under strace, which writes to `log`. `inject` is what it does to which call. */
export function traced(
  args: readonly string[],
  { log, inject, cwd }: { readonly log: string; readonly inject?: string | undefined; readonly cwd?: string },
): Traced {
  tool('strace', '--version')
  const told = ['-f', '-y', '-q', '-s', '70000', '-o', log, '-e', writes, '-e', 'signal=none']
  const faults = inject === undefined ? [] : ['-e', `inject=${inject}`]
  const child = spawn('strace', [...told, ...faults, process.execPath, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (text) => (out += text))
  child.stderr.on('data', (text) => (err += text))
  return {
    child,
    out: () => out,
    err: () => err,
    ended: once(child, 'close').then(([code, signal]) => signal ?? code),
    calls: () => parseCalls(readFileSync(log, 'utf8')),
    kill(signal) {
      const children = `/proc/${child.pid}/task/${child.pid}/children`
      if (!existsSync(children)) return
      const pids = readFileSync(children, 'utf8').split(' ').map(Number)
      // A number of 0 would mean this process and all beside it.
      for (const pid of pids) if (pid > 0) process.kill(pid, signal)
    },
  }
}
