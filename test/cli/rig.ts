import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { parseLine } from '../../src/cli/screen/line-log.ts'

const undo: (() => void)[] = []

afterEach(() => {
  for (const each of undo.splice(0).reverse()) each()
})

/** The tiny app that all these tests run. */
export const letters = fileURLToPath(new URL('./fixtures/letters.ts', import.meta.url))

/** An app whose context is made of its queues. */
export const documents = fileURLToPath(new URL('./fixtures/documents.ts', import.meta.url))

/** An empty folder with `files` in it, gone after the test. */
export function folder(files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'pipewright-cli-'))
  undo.push(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

/** Runs a command of the CLI in this process, in the folder `cwd`. */
export async function cli(cwd: string, ...args: string[]) {
  const before = process.cwd()
  const out: string[] = []
  const err: string[] = []
  process.chdir(cwd)
  try {
    const code = await runProgram(args, {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      outIsWatched: false,
      errIsWatched: false,
      columns: 80,
      paint: (_, text) => text,
      gone: new AbortController().signal,
      drained: async () => {},
    })
    return { code, out: out.join('\n'), err: err.join('\n') }
  } finally {
    process.chdir(before)
  }
}

/** What a command with `--json` answers in the folder `cwd`, where it says nothing beside. */
export async function answerOf(cwd: string, ...args: string[]) {
  const { code, out, err } = await cli(cwd, ...args, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out)
}

/** A CLI process of its own. */
export interface Started {
  readonly process: ChildProcess
  readonly output: () => string
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** Runs the script `main` in the folder `cwd`, in a process group of its own; killed after the test. */
export function start(main: string, cwd: string, ...args: string[]): Started {
  const child = spawn(process.execPath, [main, ...args], { cwd, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1))
  })
  undo.push(() => killGroup(child.pid!))
  return { process: child, output: () => output, ended }
}

/** The lines that a process with `--json` has logged. */
export function logged(output: string) {
  return output.split('\n').flatMap((line) => parseLine(line) ?? [])
}

/** Which process has stamped which letter, as the handlers wrote it down. */
export function stamped(cwd: string): readonly { readonly pid: number; readonly id: string }[] {
  const book = join(cwd, 'book.txt')
  if (!existsSync(book)) return []
  const lines = readFileSync(book, 'utf8').trim().split('\n')
  return lines.map((line) => ({ pid: Number(line.split(' ')[0]), id: line.split(' ')[1]! }))
}

/** The processes that the process `pid` has started, oldest first. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').map(Number)
}

/** Whether a process runs, and is not a zombie that waits for its parent. */
export function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  try {
    process.kill(pid, 0)
    return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'))
  } catch {
    return false
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}
