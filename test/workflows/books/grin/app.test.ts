import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { FakeGrinOptions } from '../../../../workflows/books/fake-grin/fake-grin-options.ts'
import { builtFile } from '../../../built.ts'
import { freePort } from '../../../readme/installed.ts'
import { openGrin } from '../fake-grin/open-grin.ts'
import { samplePassphrase, scratchFolder } from '../scratch.ts'
import { credentialsOf } from './client.ts'

const [converted, wanted, broken] = ['32101900000000', '32101900000001', '32101900000002']

const within = { timeout: 60_000, interval: 50 }

/** The app on a fake GRIN, in a folder of its own. */
async function library(options: FakeGrinOptions, grin: object = {}) {
  const fake = await openGrin({ auth: {}, ...options })
  const cwd = scratchFolder()
  mkdirSync(join(cwd, 'data'))
  writeFileSync(join(cwd, 'data', 'keyring.json'), JSON.stringify({ sample: samplePassphrase }), {
    mode: 0o600,
  })
  const port = await freePort()
  const place = {
    directory: fake.directory,
    credentials: credentialsOf(fake),
    base: `${fake.url}/libraries`,
    pollMinutes: 0.01,
  }
  writeFileSync(join(cwd, 'books.yaml'), JSON.stringify({ grin: { ...place, ...grin }, serve: { port } }))
  const cli = (...args: string[]) => {
    const main = builtFile('src/cli/main.ts')
    const child = spawn(process.execPath, [main, ...args], { cwd, detached: true })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    return { child, ended, output: () => output }
  }
  const app = [builtFile('artifacts/books.ts'), '--config', 'books.yaml']
  const exported = () => {
    const path = join(cwd, 'data', 'done', 'books_export.csv')
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  const tasks = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/reviews/review/tasks`).catch(() => undefined)
    return (answer?.ok ? ((await answer.json()) as any).tasks : []) as any[]
  }
  return { fake, cwd, cli, app, exported, tasks }
}

it('an app that asks GRIN takes books from a wish to storage, in processes of its own', async () => {
  const books = { sample: false, made: { count: 3, pages: 3 }, converted: 1 }
  const faults = [{ fault: 'bad-checksum', of: broken! }]
  const { fake, cwd, cli, app, exported, tasks } = await library({ books, faults, conversionMs: 60_000 })
  writeFileSync(join(cwd, 'ids.txt'), `${[converted, wanted, broken].join('\n')}\n`)
  const seed = cli('seed', ...app, '--file', 'ids.txt')
  expect(await seed.ended, seed.output()).toBe(0)
  const run = cli('run', ...app)
  onTestFinished(async () => {
    process.kill(run.child.pid!, 'SIGTERM')
    await run.ended
  })
  await vi.waitUntil(() => exported().includes(converted!), within)
  await vi.waitUntil(() => fake.admin.queued() === 2, within)
  fake.admin.advance(60_000)
  await vi.waitUntil(() => exported().includes(wanted!), within)
  await vi.waitUntil(async () => (await tasks()).length === 1, within)
  expect(await tasks()).toMatchObject([
    { id: broken, state: { reason: { class: 'package', name: 'BadChecksum' } } },
  ])
  expect(run.output()).not.toContain(fake.login!.refreshToken)
}, 180_000)

it('an app that wants all takes what GRIN lists by itself, a few books at a time', async () => {
  const books = { sample: false, made: { count: 4, pages: 3 }, converted: 4 }
  const { fake, cwd, cli, app, exported } = await library({ books }, { wanted: 'all', underWay: 2 })
  const early = cli('seed', ...app, '--sample', '1')
  expect(await early.ended).toBe(1)
  expect(early.output()).toContain('The ledger knows no book yet')
  const run = cli('run', ...app, '--until-idle')
  expect(await run.ended, run.output()).toBe(0)
  for (const barcode of fake.books.barcodes()) expect(exported()).toContain(barcode)
  // The survey has finished as well.
  expect(run.output()).toContain('5 finished, 0 in review, 0 dead')
  const summary = JSON.parse(readFileSync(join(cwd, 'data', 'done', 'run_summary.json'), 'utf8'))
  expect(summary).toMatchObject({ workflows: ['books'], stored: { books: 4 } })
  expect(summary.days.at(-1).finished + summary.days.at(-2).finished).toBe(5)
  const csv = cli('do', ...app.slice(0, 1), 'ledger', '--config', 'books.yaml')
  expect(await csv.ended, csv.output()).toBe(0)
  const [head, ...rows] = csv.output().trim().split('\n')
  expect(head).toBe('barcode,state,scanned,converted,failure,etag,stored,title,looked,wanted')
  expect(rows.map((row) => row.split(',')[0])).toEqual([...fake.books.barcodes()].sort())
  fake.admin.resetCounters()
  const again = cli('run', ...app, '--until-idle')
  expect(await again.ended, again.output()).toBe(0)
  expect(fake.admin.counters().requests).toBe(0)
}, 180_000)
