// Four processes on one file. `limit`: 50 keys, one with SIZE messages, two of each key at once: how many of a key were ever held,
// and in how many seconds a key was not served. `rate`: 5 a second with a burst of 5, for SECONDS: the most that passed in any
// time beyond 5 + 5 t, and what part of the rate was used.
// usage: shared-gate.ts limit|rate SIZE SECONDS
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Change, QueueSpec } from 'pipewright/backend'
import { openBenchDatabase } from './bench-database.ts'

const keys = 50
const processes = 4
const rate = { units: 5, perMs: 1000, burst: 5 }
const queue = 'bench/main'
const [kind = 'rate', size = '1000', seconds = '10', folder] = process.argv.slice(2)
const isLimit = kind === 'limit'
const spec: QueueSpec = {
  ...{ name: queue, role: 'stage' },
  ...(isLimit && { behind: [{ gate: 'each', per: 'key' as const }] }),
}
const gates = [isLimit ? { name: 'each', limit: 2 } : { name: queue, rate }]
const declaring = { workflow: 'bench', queues: [spec], fingerprint: '', gates }

if (folder) await work(folder)
else await supervise()

/** Leases, works for 5 to 15 ms, and says when each began and ended, by the clock that all processes share. */
async function work(at: string): Promise<void> {
  const backend = await openBenchDatabase(at)
  await backend.declare(declaring)
  const lines: [key: string, from: number, to: number][] = []
  const endsAt = Date.now() + Number(seconds) * 1000
  const request = { owner: `p${process.pid}`, leaseMs: 30_000, timeoutMs: 60_000, limit: 20 }
  let wake = () => {}
  const stop = backend.watch(() => wake())
  let isOver = false
  const ended = setTimeout(Number(seconds) * 1000).then(() => {
    isOver = true
    wake()
  })
  while (!isOver && Date.now() < endsAt) {
    let isWoken = false
    const woken = new Promise<void>((resolve) => {
      wake = () => {
        isWoken = true
        resolve()
      }
    })
    const asked = now()
    const leased = await backend.lease(queue, request)
    const from = now()
    if (leased.length === 0 && !isWoken) await woken
    if (leased.length === 0) continue
    if (isLimit) await setTimeout(5 + Math.random() * 10)
    for (const { value } of leased)
      lines.push([(value as { key: string }).key, isLimit ? from : asked, isLimit ? now() : from])
    await backend.commit(
      leased.map(({ id, hop, lease }): Change => ({ kind: 'pop', event: 'moved', queue, id, hop, lease })),
    )
  }
  await ended
  stop()
  await backend.close()
  process.send!(lines)
}

function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

async function supervise(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
  const backend = await openBenchDatabase(folder)
  await backend.declare(declaring)
  const count = isLimit ? Number(size) : Number(seconds) * 20
  const few = isLimit ? Number(seconds) * 2000 : 0
  for (let n = 0; n < count + few; n += 1000) {
    const changes = Array.from({ length: Math.min(1000, count + few - n) }, (_, i): Change => {
      const key = `k${n + i < count ? 0 : 1 + ((n + i) % (keys - 1))}`
      const token = { id: `t${n + i}`, hop: 0, frames: [], priority: 0, deploy: 1 }
      return { kind: 'push', queue, token, value: { key }, enter: 'refuse', ...(isLimit && { key }) }
    })
    await backend.commit(changes)
  }
  const all = await Promise.all(
    Array.from(
      { length: processes },
      () =>
        new Promise<[string, number, number][]>((resolve, reject) => {
          const child = fork(fileURLToPath(import.meta.url), [kind, size, seconds, folder], {
            execArgv: process.execArgv,
          })
          child.once('message', (lines) => resolve(lines as [string, number, number][]))
          child.once('error', reject)
        }),
    ),
  )
  const left = (await backend.count(queue))[0]!
  await backend.close()
  rmSync(folder, { recursive: true, force: true })
  const lines = all.flat().sort((a, b) => a[1] - b[1])
  process.stdout.write(
    `${JSON.stringify({ kind, ...(isLimit ? sayLimit(lines) : sayRate(lines)), left: left.ready })}\n`,
  )
}

function sayLimit(lines: readonly (readonly [key: string, from: number, to: number])[]) {
  const most = Math.max(
    ...[...new Set(lines.map(([key]) => key))].map((name) => {
      const own = lines.filter(([key]) => key === name)
      return Math.max(...own.map(([, at]) => own.filter(([, from, to]) => from <= at && at < to).length))
    }),
  )
  const from = Math.max(lines[0]![1], lines[0]![1] + 1000)
  const to = Math.max(...lines.map(([, , end]) => end)) - 1000
  const named = [...new Set(lines.map(([key]) => key))]
  let unserved = 0
  for (let at = from; at + 1000 <= to; at += 1000)
    unserved += named.filter(
      (name) => !lines.some(([key, begun]) => key === name && begun >= at && begun < at + 1000),
    ).length
  return { worked: lines.length, keys: named.length, most, unserved }
}

// Each has passed between the time at which its lease was asked for and that of the answer.
function sayRate(lines: readonly (readonly [key: string, asked: number, answered: number])[]) {
  const times = [...lines].sort((a, b) => a[2] - b[2])
  let over = Number.NEGATIVE_INFINITY
  for (const [i, [, from]] of times.entries())
    for (const [n, [, , to]] of times.slice(i).entries())
      over = Math.max(over, n + 1 - (rate.burst + ((to - from) * rate.units) / rate.perMs))
  const spentMs = times.at(-1)![2] - times[0]![2]
  return {
    worked: times.length,
    over,
    used: times.length / (rate.burst + (spentMs * rate.units) / rate.perMs),
  }
}
