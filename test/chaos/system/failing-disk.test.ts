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
// - the callers of a group told of success although its commit failed (`settle` in `group.ts`): pushes are gone;
// - `synchronous = off` in `keeper-thread.mjs`: without power after a checkpoint, tokens are in no queue;
// - only the first row of `journal_mode = wal` read in `connection.ts`: the file is not in WAL mode, and writers who
//   meet are told that it was busy for 30 s.

const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1000))
const atOnce = 4
const livesMs = 3000
// As long as makes the keeper tidy.
const restMs = 4000
const sync = 'fsync,fdatasync'

it.each([
  ['a sync that fails (EIO)', (n: number) => `${sync}:error=EIO:when=${n}`],
  ['a sync that fails (ENOSPC)', (n: number) => `${sync}:error=ENOSPC:when=${n}`],
  ['all syncs that fail from then on (EIO)', (n: number) => `${sync}:error=EIO:when=${n}+`],
  // To make a file takes fifty writes.
  ['a write that fails (EIO)', (n: number) => `pwrite64:error=EIO:when=${10 * n}`],
  ['a write that fails (ENOSPC)', (n: number) => `pwrite64:error=ENOSPC:when=${10 * n}`],
  ['all writes that fail from then on (ENOSPC)', (n: number) => `pwrite64:error=ENOSPC:when=${10 * n}+`],
])('%s costs nothing that was answered', { timeout: 600_000 }, async (what, inject) => {
  const ends = await each(upTo(40), (n) => workUnder({ inject: inject(n) }))
  const met = ends.filter(({ hasFailed }) => hasFailed).length
  figure(`${what}, n = 1..40`, 'met in each run', `${met} of ${ends.length}`, met === ends.length)
  tell(`${what}, n = 1..40`, ends)
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
  const setup: PushSetup = {
    database,
    ledger,
    prefix: 't',
    tokens: 12,
    everyMs: 2,
    restMs: isOld ? restMs : 0,
  }
  const before = isOld ? await run({ ...setup, prefix: 'old', restMs: 0 }, folder) : { calls: [] }
  const { how, out, err, calls } = await run(setup, folder, inject)

  const all = [...before.calls, ...calls]
  const answers = answersIn(all)
  // Whoever ended of themselves have worked on all that had entered.
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
  // This test kills whoever cannot get to the end; no other signal is an answer to a disk.
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
