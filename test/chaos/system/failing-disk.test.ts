import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compiled } from '../compiled.ts'
import { figure } from '../figures.ts'
import type { Call } from './calls.ts'
import { cutThePower } from './power-cut.ts'
import type { PushSetup } from './push-process.ts'
import { traced } from './traced.ts'
import { answersIn, contradictions } from './verdict.ts'

// A process lets tokens enter and works on them while strace makes its n-th sync or write fail. Afterwards the file is
// opened anew; and so is what would be left of it if the power had gone after a failure, after some of the answers,
// and at the end. How each protection was taken out once, in a copy, to see this fail:
// - success for the callers of a group although its commit failed (`settle` in `group.ts`): pushes are gone;
// - `synchronous = off` in `keeper-thread.mjs`: without power after a checkpoint, tokens are in no queue;
// - only the first row of `journal_mode = wal` read in `connection.ts`: the file is not in WAL mode, and writers who
//   meet get the error that it was busy for 30 s.

const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1000))
const atOnce = 4
const most = 40
const usual = { prefix: 't', tokens: 12, everyMs: 2, restMs: 0 }
const livesMs = 3000
// As long as makes the keeper tidy.
const restMs = 4000
const sync = 'fsync,fdatasync'

it.each([
  ['a sync that fails (EIO)', sync, 'EIO', ''],
  ['a sync that fails (ENOSPC)', sync, 'ENOSPC', ''],
  ['all syncs that fail from then on (EIO)', sync, 'EIO', '+'],
  ['a write that fails (EIO)', 'pwrite64', 'EIO', ''],
  ['a write that fails (ENOSPC)', 'pwrite64', 'ENOSPC', ''],
  ['all writes that fail from then on (ENOSPC)', 'pwrite64', 'ENOSPC', '+'],
])('%s costs nothing that was answered', { timeout: 600_000 }, async (what, calls, error, on) => {
  const numbers = spread(await usualCount(calls.split(',')))
  const ends = await each(numbers, (n) => workUnder({ inject: `${calls}:error=${error}:when=${n}${on}` }))
  const met = ends.filter(({ hasFailed }) => hasFailed).length
  // How many there are differs from run to run: what asks at one time shares one transaction.
  figure(what, 'met in most runs', `${met} of ${ends.length}`, met > ends.length / 2)
  tell(what, ends)
})

// Each thread counts its own calls: of the thread that tidies, the first syncs are those of its checkpoint.
it('a checkpoint that fails costs nothing that was answered', { timeout: 300_000 }, async () => {
  const ends = await each(upTo(6), (n) => workUnder({ inject: `${sync}:error=EIO:when=${n}`, isOld: true }))
  expect(
    ends.some(({ hasFailedInFile }) => hasFailedInFile),
    'a sync of the file itself failed',
  ).toBe(true)
  tell('a checkpoint whose sync fails (EIO)', ends)
})

/** How a process ended, and what is wrong with what it left behind. */
interface End {
  readonly how: string
  /** Whether it went on, or said in one line why not. */
  readonly isClear: boolean
  readonly answers: number
  readonly hasFailed: boolean
  readonly hasFailedInFile: boolean
  readonly faults: readonly string[]
}

function tell(what: string, ends: readonly End[]): void {
  const faults = ends.flatMap(({ faults }) => faults)
  const unclear = ends.filter(({ isClear }) => !isClear).map(({ how }) => how)
  expect(ends.some(({ answers }) => answers > 0)).toBe(true)
  figure(what, 'nothing answered is gone', faults.slice(0, 5).join(' ') || 'all there', faults.length === 0)
  figure(what, 'lives, or one clear line', unclear.join(' ') || 'so', unclear.length === 0)
}

async function workUnder({ inject, isOld = false }: { inject: string; isOld?: boolean }): Promise<End> {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-disk-'))
  const database = join(folder, 'queues.db')
  const ledger = join(folder, 'ledger')
  mkdirSync(ledger)
  const setup: PushSetup = { ...usual, database, ledger, restMs: isOld ? restMs : 0 }
  const before = isOld ? await run({ ...setup, prefix: 'old', restMs: 0 }, folder) : { calls: [] }
  const { how, out, err, calls } = await run(setup, folder, inject)

  const all = [...before.calls, ...calls]
  const answers = answersIn(all)
  // A process that has ended by itself has worked on all that had entered.
  const isWhole = how !== 0 || answers.told.length === 5 * answers.pushed.length
  const faults = [
    ...(isWhole ? [] : ['the process ended before its work did']),
    ...(await contradictions(database, answers)),
    ...(await cutThePower(all, { database, folder, seed })),
  ]
  rmSync(folder, { recursive: true, force: true })
  return {
    how: `${how} ${err}`,
    isClear: isClear(how, err) && answers.refused.every(isReason) && !/undefined|busy/.test(out),
    answers: answers.pushed.length + answers.told.length,
    hasFailed: calls.some(({ ok, name }) => !ok && /^(fsync|fdatasync|pwrite64)$/.test(name)),
    hasFailedInFile: calls.some(({ ok, path }) => !ok && path === database),
    faults: faults.map((fault) => `${inject}: ${fault}`),
  }
}

function isClear(how: number | string, err: string): boolean {
  if (how === 1) return /^error: The [^\n]+\.\n$/.test(err)
  // This test kills a process that cannot get to its end; no other signal is an answer to a disk.
  return (how === 0 || how === 'SIGKILL') && err === ''
}

function isReason(refused: string): boolean {
  return /^\w+ The (database .* could not be written: |disk of the database .* did not confirm )/.test(
    refused,
  )
}

interface Run {
  readonly how: number | string
  readonly out: string
  readonly err: string
  readonly calls: readonly Call[]
}

/** Runs the process to its end, or kills it when it cannot get there. */
async function run(setup: PushSetup, folder: string, inject?: string): Promise<Run> {
  const log = join(folder, `log-${setup.prefix}`)
  const { ended, kill, calls, out, err } = traced([compiled.push, JSON.stringify(setup)], { log, inject })
  const timer = inject && setTimeout(() => kill('SIGKILL'), livesMs + 2 * setup.restMs)
  const how = await ended
  clearTimeout(timer)
  return { how, out: out(), err: err(), calls: calls() }
}

/** How many calls of these names one thread of the process makes when none fails. */
async function usualCount(names: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-disk-'))
  const ledger = join(folder, 'ledger')
  mkdirSync(ledger)
  const { calls } = await run({ ...usual, database: join(folder, 'queues.db'), ledger }, folder)
  rmSync(folder, { recursive: true, force: true })
  const counts = new Map<string, number>()
  for (const { name, thread } of calls)
    if (names.includes(name)) counts.set(thread, (counts.get(thread) ?? 0) + 1)
  return Math.max(...counts.values())
}

/** Up to 40 numbers from 1 to `last`, evenly. */
function spread(last: number): readonly number[] {
  return [...new Set(upTo(most).map((n) => Math.ceil((n * last) / most)))]
}

function upTo(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i + 1)
}

/** Does it for each of `numbers`, some at a time. */
async function each<T>(numbers: readonly number[], act: (n: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = []
  const left = [...numbers]
  const one = async () => {
    for (let n = left.shift(); n !== undefined; n = left.shift()) results.push(await act(n))
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return results
}
