import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeQueues } from '../../../src/index.ts'
import { correction } from '../../../workflows/correction/workflow.ts'
import { builtFile } from '../../built.ts'

const main = builtFile('src/cli/main.ts')
const app = builtFile('artifacts/correction.ts')

let folder: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'correction-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

/** Starts a command of the CLI on the app, in a process of its own. */
function start(...[command, ...options]: [string, ...string[]]) {
  const args = [main, command, '--json', ...options, app]
  const child = spawn(process.execPath, args, { cwd: folder })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const url = () => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
  return { child, url, output: () => output, ended: once(child, 'close') }
}

async function ask(url: string, body?: object): Promise<any> {
  const headers = { 'content-type': 'application/json' }
  const request = body && { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, request)
  const answer = await response.json()
  expect(response.ok, JSON.stringify(answer)).toBe(true)
  return answer
}

it('a worker and two review APIs, each a process of its own, share one database', async () => {
  const seeding = start('seed', '--sample', '3')
  const working = start('work')
  const [first, second] = [start('serve', '--port', '0'), start('serve', '--port', '0')]
  const all = [working, first, second]
  const said = () => all.map(({ output }) => output()).join('\n')
  const patient = { timeout: 30_000, interval: 50 }
  expect(await seeding.ended, seeding.output()).toEqual([0, null])
  await expect.poll(() => first.url() && second.url(), patient).toBeDefined()
  const [here, there] = [first.url()!, second.url()!]

  // Two of the samples can be corrected by the machine, one has no contrast.
  const ids = async (url: string, desk: string) =>
    (await ask(`${url}/reviews/${desk}/tasks`)).tasks.map(({ id }: { id: string }) => id).sort()
  await expect
    .poll(() => ids(here, 'validation'), { ...patient, message: said() })
    .toEqual(['sample-1', 'sample-2'])
  await expect.poll(() => ids(there, 'manual'), patient).toEqual(['sample-3'])

  const decide = async (url: string, place: string, decision: object) => {
    const { hop } = await ask(`${url}/reviews/${place}`)
    return ask(`${url}/reviews/${place}/decide`, { hop, by: 'ann', ...decision })
  }
  await decide(here, 'validation/tasks/sample-1', { decision: 'accept' })
  await decide(there, 'validation/tasks/sample-2', { decision: 'refuse', fields: { why: 'too dark' } })
  await decide(here, 'manual/tasks/sample-2', { decision: 'correct', fields: { corrected: 'mine.pgm' } })
  await decide(there, 'manual/tasks/sample-3', { decision: 'keep' })

  for (const { child } of all) child.kill('SIGTERM')
  expect(await Promise.all(all.map(({ ended }) => ended)), said()).toEqual(all.map(() => [0, null]))

  const backend = await sqlite(join(folder, 'data/correction/queues.db'))
  const { output } = await makeQueues(correction, backend, 'correction')
  const finished = new Map<string, string>()
  for await (const { id, value } of output.items()) finished.set(id, value.corrected)
  expect(Object.fromEntries(finished)).toEqual({
    'sample-1': 'corrected-sample-1.pgm',
    'sample-2': 'mine.pgm',
    'sample-3': 'sample-3.pgm',
  })
  expect(existsSync(join(folder, 'data/correction/images', 'corrected-sample-1.pgm'))).toBe(true)
  await backend.close()
}, 90_000)
