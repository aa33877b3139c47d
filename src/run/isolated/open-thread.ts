import { Worker } from 'node:worker_threads'
import type { Host, HostOptions } from './host.ts'

const entry = new URL('./task-host.mjs', import.meta.url)

/** Starts a thread that runs `task-host.mjs`. */
export function openThread({ maxMemoryMb }: HostOptions): Host {
  const thread = new Worker(entry, {
    execArgv: [],
    stdout: true,
    stderr: true,
    ...(maxMemoryMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb } }),
  })
  let alive = true
  let why = ''

  const host: Host = {
    // As text, so that exactly what survives JSON arrives, as in a process.
    send: (message) => thread.postMessage(JSON.stringify(message)),
    kill: () => void thread.terminate(),
    keepAlive: (busy) => (busy ? thread.ref() : thread.unref()),
    alive: () => alive,
    receive: () => {},
    ended: () => {},
  }
  thread.on('message', (said: string) => host.receive(JSON.parse(said)))
  thread.on('error', (error) => (why = `: ${error.message}`))
  thread.once('exit', (code) => {
    alive = false
    host.ended(`ended with exit code ${code}${why}`)
  })
  return host
}
