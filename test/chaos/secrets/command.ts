import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Witness } from './witness.ts'

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const cli = ['--import', import.meta.resolve('tsx'), at('src/cli/main.ts')]

/** The book workflow's app. */
export const books = at('artifacts/books.ts')
/** An app that tells of a URL with a password wherever it can. */
export const leaky = fileURLToPath(new URL('./leaky-app.ts', import.meta.url))

/** A command of the CLI, with all that it says witnessed. */
export interface Command {
  readonly output: () => string
  readonly stop: () => void
  readonly ended: Promise<number | null>
}

/** Runs commands of the CLI from the sources in `cwd`, with `secrets` in their environment, as chatty as can be. */
export function commands(cwd: string, secrets: Readonly<Record<string, string>>, witness: Witness) {
  // The apps import the package by its name; this says that it means the sources.
  const env = { ...process.env, TSX_TSCONFIG_PATH: at('tsconfig.json'), PIPEWRIGHT_DEBUG: '1', ...secrets }
  return (...args: string[]): Command => {
    const child = spawn(process.execPath, [...cli, ...args], { cwd, env, detached: true })
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
