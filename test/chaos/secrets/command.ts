import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { builtFile } from '../../built.ts'
import type { Witness } from './witness.ts'

const main = builtFile('src/cli/main.ts')

/** The book workflow's app. */
export const books = builtFile('artifacts/books.ts')
/** An app that shows a URL with a password wherever it can. */
export const leaky = builtFile('test/chaos/secrets/leaky-app.ts')

/** A command of the CLI, with all that it says witnessed. */
export interface Command {
  readonly output: () => string
  readonly stop: () => void
  readonly ended: Promise<number | null>
}

/** Runs commands of the CLI in `cwd`, with `secrets` in their environment, as chatty as can be. */
export function commands(cwd: string, secrets: Readonly<Record<string, string>>, witness: Witness) {
  const env = { ...process.env, PIPEWRIGHT_DEBUG: '1', ...secrets }
  return (...args: string[]): Command => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env, detached: true })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part) => {
        output += part
        witness.see('what processes say', part)
      })
    }
    onTestFinished(() => killGroup(child.pid!))
    return {
      output: () => output,
      stop: () => void child.kill('SIGTERM'),
      ended: once(child, 'close').then(([code]) => code),
    }
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}
