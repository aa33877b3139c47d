// How soon a push in one process starts the work in another, and what 20 workers cost that wait.
// The child is 20 idle workers; the parent pushes one token at a time and is told by IPC when work begins. Between two
// pushes it commits one row to another file, bare: the floor.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { makeQueues, state, worker, workflow, wrapped } from 'pipewright'
import * as z from 'zod'
import { openDatabase } from '../../src/backends/sqlite/file/open-database.mjs'
import { openBenchDatabase } from './bench-database.ts'

const tries = 600
const idleMs = 10_000
const In = state('In', z.object({ pushedAt: z.number() }))
const Out = state('Out', z.object({ pushedAt: z.number() }))
// One clock for both processes, finer than a millisecond.
const nowMs = () => Number(process.hrtime.bigint()) / 1e6

const [role, folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))] = process.argv.slice(2)
const backend = await openBenchDatabase(folder)
const flow = (name: string) =>
  makeQueues(
    workflow({
      input: In,
      output: Out,
      stages: {
        only: wrapped(
          worker({
            input: z.number(),
            output: z.number(),
            process: (pushedAt) => {
              process.send!(nowMs() - pushedAt)
              return pushedAt
            },
          }),
          {
            input: In,
            output: Out,
            pre: ({ pushedAt }) => pushedAt,
            post: (_, pushedAt) => Out({ pushedAt }),
          },
        ),
      },
    }),
    backend,
    name,
  )
const names = [...Array(20).keys()].map((k) => `w${k}`)

if (role === 'worker') {
  const stop = new AbortController()
  for (const name of names) void (await flow(name)).artifacts().only(stop.signal)
  process.on('message', async () => {
    const before = process.cpuUsage()
    await setTimeout(idleMs)
    const { user, system } = process.cpuUsage(before)
    process.send!({ core: (user + system) / 1000 / idleMs })
  })
  process.send!('ready')
} else {
  const child = fork(import.meta.filename, ['worker', folder])
  const heard = () => new Promise<unknown>((resolve) => child.once('message', resolve))
  await heard()
  const queues = await flow('w7')
  const bare = openDatabase(join(folder, 'bare.db'))
  bare.pragma('journal_mode = wal')
  bare.pragma('synchronous = full')
  bare.exec('create table row (n integer primary key, at real)')
  const insert = bare.prepare('insert into row (at) values (?)')
  const latencies: number[] = []
  const commits: number[] = []
  for (let i = 0; i < tries; i++) {
    const began = heard()
    await queues.input.push(String(i), In({ pushedAt: nowMs() }))
    latencies.push((await began) as number)
    await setTimeout(10)
    const startedAt = nowMs()
    insert.run(startedAt)
    commits.push(nowMs() - startedAt)
    await setTimeout(5)
  }
  bare.close()
  latencies.sort((a, b) => a - b)
  commits.sort((a, b) => a - b)
  await setTimeout(1000)
  const idle = heard()
  child.send('measure')
  const { core } = (await idle) as { core: number }
  child.kill('SIGKILL')
  await backend.close()
  rmSync(folder, { recursive: true, force: true })
  const p50Ms = latencies[tries >> 1]
  const p99Ms = latencies[Math.floor(tries * 0.99)]
  const bareP99Ms = commits[Math.floor(tries * 0.99)]
  process.stdout.write(`${JSON.stringify({ p50Ms, p99Ms, bareP99Ms, idleCore: core })}\n`)
  process.exit(0)
}
