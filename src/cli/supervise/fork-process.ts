import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type LogLine, parseLine } from '../screen/line-log.ts'
import type { Handed } from './handed.ts'
import { readLines } from './read-lines.ts'
import { fewArenas, smallHeap } from './small-memory.ts'

/** What is to be run, under which name. */
export interface ChildSpec {
  readonly name: string
  readonly args: readonly string[]
  /** The script that takes them; by default the CLI itself. */
  readonly module?: string
  /** Whether it leaves by itself, and is not started again when it has left or has crashed at its work. */
  readonly onDemand?: boolean
  /** Variables of its environment beside those of this process. */
  readonly env?: Readonly<Record<string, string>>
  /** What it is told on its channel as it starts: plain data, which no other process sees. */
  readonly handed?: Handed | undefined
}

/** How a process has ended: in words, and its exit code if it has one. */
export interface End {
  readonly how: string
  readonly code: number | null
}

/** What is called for the output, messages and end of a process. */
interface ProcessListener {
  readonly line: (line: LogLine) => void
  /** Called with each message of the process. */
  readonly message: (message: unknown) => void
  readonly ended: (child: ChildProcess, end: End) => void
}

/** The environment variable with the process's name, which says also that it is supervised. */
export const supervisedAs = 'PIPEWRIGHT_SUPERVISED'

const main = fileURLToPath(
  new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
)
const lastLinesMs = 200

/** Starts `spec` in a session of its own, with a channel to this process, and calls `listener`. */
export function forkProcess(spec: ChildSpec, listener: ProcessListener): ChildProcess {
  const { name, args, module = main, env, handed } = spec
  const child = fork(module, [...args], {
    detached: true,
    execArgv: smallHeap(),
    env: { ...fewArenas, ...process.env, ...env, [supervisedAs]: name },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let hasEnded = false
  const ended = (end: End) => {
    if (hasEnded) return
    hasEnded = true
    listener.ended(child, end)
  }
  child.on('message', listener.message)
  child.once('error', (error) => ended({ how: `could not be started: ${error.message}`, code: null }))
  child.once('close', (code, signal) => ended(endOf(code, signal)))
  // A process that it has started may hold its output open long after it.
  child.once('exit', (code, signal) => setTimeout(ended, lastLinesMs, endOf(code, signal)))
  if (child.pid === undefined) return child
  // Where it has ended already, its end says so.
  if (handed) child.send(handed, () => {})
  readLines(child.stdout!, (text) => relay(text, 'info'))
  readLines(child.stderr!, (text) => relay(text, 'error'))
  return child

  function relay(text: string, level: 'info' | 'error'): void {
    if (text.trim() === '') return
    // `reportError` writes "error: ", and so does the level of the line.
    const message = level === 'error' ? text.replace(/^error: /, '') : text
    const line = parseLine(text) ?? { at: Date.now(), level, message, fields: {} }
    listener.line({ ...line, process: name })
  }
}

function endOf(code: number | null, signal: string | null): End {
  return { how: signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`, code }
}
