import { type ChildProcess, spawn } from 'node:child_process'

/** `npx pipewright ...` as a person types it in a terminal. */
export interface Typed {
  readonly process: ChildProcess
  readonly output: () => string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Sends `signal` to all of the terminal's group, as Ctrl-C does. */
  readonly signal: (signal: NodeJS.Signals) => void
}

/** Types `npx pipewright ...args` in `folder`. */
export function type(folder: string, ...args: string[]): Typed {
  return start('npx', folder, ['pipewright', ...args])
}

function start(command: string, folder: string, args: readonly string[]): Typed {
  const child = spawn(command, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1)),
  )
  return { process: child, output: () => output, ended, signal: (name) => killGroup(child.pid!, name) }
}

/** What `pipewright ...args` says, run as npx runs it but without npx; throws if it does not end with 0. */
export async function said(folder: string, ...args: string[]): Promise<string> {
  const typed = start('node_modules/.bin/pipewright', folder, args)
  const code = await typed.ended
  if (code !== 0) throw new Error(`pipewright ${args.join(' ')} ended with ${code}: ${typed.output()}`)
  return typed.output()
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended.
  }
}
