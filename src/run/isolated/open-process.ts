import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Host, HostOptions, Said } from './host.ts'

const entry = fileURLToPath(new URL('./task-host.mjs', import.meta.url))
const keptOutput = 500

/** Starts a process that runs `task-host.mjs`. What it prints is kept, for the error if it crashes. */
export function openProcess({ maxMemoryMb }: HostOptions): Host {
  const child = fork(entry, {
    // Without the options of this process, such as a loader or a debugger.
    execArgv: maxMemoryMb === undefined ? [] : heapOptions(maxMemoryMb),
    env: withoutOwn(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let alive = true
  let printed = ''
  const stderr = child.stderr as typeof child.stderr & { unref(): void }
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-keptOutput)
  })
  stderr?.unref()

  const host: Host = {
    // A message that cannot be delivered needs no error: the process has ended or will, and `ended` is called.
    send: (message) => void (child.connected && child.send(message, () => {})),
    kill: () => void child.kill('SIGKILL'),
    keepAlive(busy) {
      if (busy) child.ref()
      else child.unref()
      if (busy) child.channel?.ref()
      else child.channel?.unref()
    },
    alive: () => alive,
    receive: () => {},
    ended: () => {},
  }
  child.on('message', (said: Said) => host.receive(said))
  child.once('error', (error) => end(`could not be run (${error.message})`))
  child.once('close', (code, signal) =>
    end(`${signal ? `was killed by ${signal}` : `ended with exit code ${code}`}`),
  )
  return host

  function end(how: string): void {
    if (!alive) return
    alive = false
    const last = printed.trim()
    host.ended(last ? `${how}; it said last: ${last}` : how)
  }
}

/** Node lets a heap grow by 48 MB for young values alone, whatever the old ones may take. */
function heapOptions(maxMemoryMb: number): string[] {
  const youngMb = Math.max(1, Math.min(16, Math.floor(maxMemoryMb / 128)))
  return [`--max-old-space-size=${maxMemoryMb}`, `--max-semi-space-size=${youngMb}`]
}

/** The environment without Pipewright's own settings, which can be secrets. */
function withoutOwn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PIPEWRIGHT_')))
}
