import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Scene } from './scene.ts'

/** A process that looks at the rows of a scene again and again. */
export interface Snapshots {
  /** Ends it, and gives how often it has looked and what was wrong. */
  readonly stop: () => Promise<{ readonly snapshots: number; readonly faults: readonly string[] }>
  readonly kill: () => void
}

/** Starts `script`, which takes a snapshot every `everyMs`. */
export function takeSnapshots(script: string, { rows, enteredFile }: Scene, everyMs: number): Snapshots {
  const child = fork(script, [rows, enteredFile, String(everyMs)], { execArgv: [] })
  return {
    async stop() {
      const answer = once(child, 'message')
      child.send('stop')
      return (await answer)[0]
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
