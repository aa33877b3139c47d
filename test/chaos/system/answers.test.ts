import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { compiled } from '../compiled.ts'
import { figure } from '../figures.ts'
import type { Call } from './calls.ts'
import { type Traced, traced } from './traced.ts'

// What is answered with success must be on the disk by then: between the last write to the WAL and the answer there is
// a sync of the WAL that has succeeded. How the protection was taken out once, in a copy, to see this fail: without
// `synchronous = full` in `connection.ts` (better-sqlite3 drops to NORMAL when it enters WAL mode) no answer has one.

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pipewright-answers-'))
})
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true })
})

let logs = 0
const trace = (...args: readonly string[]): Traced =>
  traced([compiled.cli, ...args], { log: join(cwd, `log-${++logs}`), cwd })

const what = 'after each success answered by API or CLI'
const demanded = 'a sync of the WAL between the write and the answer'

it('syncs what a command has changed before it says so', { timeout: 120_000 }, async () => {
  await answered('seed', compiled.notes, '--ids', 'n1,n2,n3,n4,bad1,bad2')
  const worked = spawnSync(process.execPath, [compiled.cli, 'run', compiled.notes, '--until-idle'], { cwd })
  expect(worked.status, 'two are dead').toBe(3)
  await answered('retry', 'notes/refuse')
  await answered('pause', 'notes/refuse')
  await answered('resume', 'notes/refuse')
  await answered('cancel', 'n4', '--reason', 'a test')
})

/** Runs a command, and looks at what it did before it wrote its last line. */
async function answered(...command: readonly string[]): Promise<void> {
  const { ended, calls, out, err } = trace(...command)
  expect(await ended, err()).toBe(0)
  const last = out().trimEnd().split('\n').at(-1)!
  const answers = calls().filter((call) => isWrite(call) && call.data.includes(last))
  judge(command[0]!, calls(), answers.slice(-1))
}

it('syncs what a request has changed before it answers', { timeout: 120_000 }, async () => {
  const { ended, calls, out, err, kill } = trace('serve', compiled.notes, '--json')
  onTestFinished(() => kill('SIGKILL'))
  const found = await vi.waitUntil(() => /http:\/\/127\.0\.0\.1:\d+/.exec(out() + err())?.[0], {
    timeout: 30_000,
  })
  const post = async (path: string, body: object): Promise<any> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(found + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const told = await answer.json()
    expect(answer.status, JSON.stringify(told)).toBeLessThan(300)
    return told
  }
  const desk = '/reviews/look/tasks'
  await post('/tokens', { id: 'n5', value: { tag: 'Note', text: 'five' } })
  const held = await post(`${desk}/n1/claim`, { by: 'ann' })
  await post(`${desk}/n1/release`, { hop: 1, lease: held.lease, by: 'ann' })
  await post(`${desk}/n2/claim`, { by: 'ann' })
  await post(`${desk}/n1/decide`, { decision: 'keep', fields: {}, hop: 1, by: 'ann' })
  await post('/tokens/n3/cancel', { by: 'ann', reason: 'a test' })
  kill('SIGTERM')
  expect(await ended).toBe(0)
  const answers = calls().filter(
    (call) => isWrite(call) && /^HTTP\/1\.1 2/.test(call.data.toString('latin1', 0, 10)),
  )
  expect(answers).toHaveLength(6)
  judge('serve', calls(), answers)
})

function isWrite({ name }: Call): boolean {
  return name === 'write' || name === 'writev'
}

function judge(who: string, calls: readonly Call[], answers: readonly Call[]): void {
  const safe = answers.filter((answer, n) => isSafe(calls, answer, answers[n - 1]?.ended ?? 0))
  const seen = `${who}: ${safe.length} of ${answers.length}`
  figure(what, demanded, seen, answers.length > 0 && safe.length === answers.length)
}

/** Whether the last write to the WAL before `answer`, and after line `since`, had been synced when it began. */
function isSafe(calls: readonly Call[], answer: Call, since: number): boolean {
  const before = calls.filter(
    ({ thread, path, began, ended }) =>
      thread === answer.thread && path.endsWith('-wal') && began > since && ended < answer.began,
  )
  const written = before.findLastIndex(({ name }) => name === 'pwrite64')
  const isSync = ({ name, ok }: Call) => ok && (name === 'fsync' || name === 'fdatasync')
  return written >= 0 && before.slice(written).some(isSync)
}
