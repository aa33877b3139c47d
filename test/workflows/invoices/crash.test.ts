import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { sqlite } from '../../../src/backends/sqlite/index.ts'
import { makeQueues } from '../../../src/index.ts'
import { Random } from '../../../src/testing/backend-model/random.ts'
import { sampleInvoice } from '../../../workflows/invoices/sample-invoice.ts'
import { Received } from '../../../workflows/invoices/states.ts'
import { LedgerBook } from '../../../workflows/invoices/toy-ledger/ledger-book.ts'
import { serveLedger } from '../../../workflows/invoices/toy-ledger/serve-ledger.ts'
import { builtFile } from '../../built.ts'
import { ask } from '../../readme/ask.ts'
import { isLeft, isRejected, letClerksWork } from './clerks.ts'
import { invoices } from './invoices-app.ts'
import { prices } from './office.ts'

// Three processes of the CLI work on sixty invoices of three lines, and are killed with SIGKILL again and again; the ledger and
// the people are outside, and go on. The seed decides how the ledger fails and who is killed.

const long = process.env['CHAOS'] === 'long'
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const count = long ? 600 : 60
const kills = long ? 100 : 8
const killEveryMs = 300

it(`books each invoice once while processes are killed (seed ${seed})`, {
  timeout: long ? 300_000 : 60_000,
}, async () => {
  const random = new Random(seed)
  const book = new LedgerBook({ fraction: () => random.fraction(), busy: 0.02 })
  const ledger = await serveLedger(book, 0)
  onTestFinished(ledger.close)
  const { database, outbox, start } = openFolder(ledger.url)
  const backend = await sqlite(database)
  onTestFinished(() => backend.close())
  const queues = await makeQueues(invoices, backend, 'invoices')
  const desks = queues.artifacts({
    prices,
    ledger: { book: () => Promise.reject(new Error('It is theirs.')) },
  })
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  for (const n of numbers) {
    const { number, text } = sampleInvoice(n)
    await queues.input.push(number, Received({ number, text, hands: ['dora'] }))
  }

  const stop = new AbortController()
  const clerks = letClerksWork(desks, stop.signal)
  const herd = [start(), start(), start()]
  await vi.waitUntil(() => book.requests > 0, { timeout: 30_000, interval: 20 })
  for (let killed = 0; killed < kills; killed++) {
    const at = random.below(herd.length)
    herd[at]!.kill('SIGKILL')
    herd[at] = start()
    await sleep(killEveryMs)
  }
  const finished = () => readdirSync(outbox).filter((name) => name.endsWith('.json'))
  const isEmpty = async () =>
    (await backend.count()).every(
      ({ workflow, ready, leased, delayed, dead, waiting = 0 }) =>
        workflow !== 'invoices' || ready + leased + delayed + dead + waiting === 0,
    )
  await vi
    .waitUntil(async () => finished().length >= count && (await isEmpty()), {
      timeout: long ? 200_000 : 40_000,
      interval: 50,
    })
    .catch(() => {})
  stop.abort()
  await clerks

  const files = finished().map((name) => JSON.parse(readFileSync(join(outbox, name), 'utf8')))
  expect(files.map(({ number }) => number).sort()).toEqual(numbers.map((n) => `sample-${n}`).sort())
  const posted = files.filter(({ tag }) => tag === 'Posted')
  const keys = book.booked.map(({ number, booking, key }) => [number, booking, key]).sort()
  expect(keys).toEqual(posted.map(({ id, booking }) => [id, booking, `${id}@invoices/post`]).sort())
  const rejected = numbers.filter((n) => n % 5 === 0 && isRejected(n))
  for (const n of rejected)
    expect(files.find(({ id }) => id === `sample-${n}`)).toMatchObject({ tag: 'Rejected', by: 'bob' })
  for (const n of numbers.filter((n) => isLeft(n) && !rejected.includes(n)))
    expect(files.find(({ id }) => id === `sample-${n}`)).toMatchObject({ approvedBy: 'carl' })

  expect(await isEmpty()).toBe(true)
  expect((await backend.gates()).filter(({ held }) => held > 0)).toEqual([])
  const [[lost]] = (await ask(database, "select count(*) from history where event = 'expired'")) as [[number]]
  expect(lost).toBeGreaterThan(0)
  for (const child of herd) child.kill('SIGTERM')
  expect(await Promise.all(herd.map((child) => once(child, 'exit')))).toEqual(herd.map(() => [0, null]))

  // Letters of stays that have ended are swept once a minute, and when a process begins to work.
  start()
  const letters = () => ask(database, 'select count(*) from pw_letters')
  await expect.poll(letters, { timeout: 10_000 }).toEqual([[0]])
})

/** A folder with all that the processes need, and what starts one. */
function openFolder(ledger: string) {
  const folder = mkdtempSync(join(tmpdir(), 'invoices-'))
  const outbox = join(folder, 'outbox')
  mkdirSync(outbox)
  const config = {
    database: 'queues.db',
    outbox: 'outbox',
    prices: resolve('workflows/invoices/prices.yaml'),
    ledger,
  }
  writeFileSync(join(folder, 'app.yaml'), JSON.stringify(config))
  const children: ChildProcess[] = []
  onTestFinished(async () => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const args = [builtFile('src/cli/main.ts'), 'work', '--log-level', 'error', '--config', 'app.yaml']
  const app = builtFile('test/workflows/invoices/invoices-app.ts')
  return {
    database: join(folder, 'queues.db'),
    outbox,
    start() {
      const child = spawn(process.execPath, [...args, app], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      children.push(child)
      return child
    },
  }
}
