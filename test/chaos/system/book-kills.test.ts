import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openDatabase } from '../../../src/backends/sqlite/file/open-database.mjs'
import { Random } from '../../../src/testing/backend-model/random.ts'
import { readExport } from '../../../workflows/books/export/books-export.ts'
import { packageFaults } from '../../../workflows/books/fake-grin/archive/packed.ts'
import { decryptFile } from '../../../workflows/books/openpgp/decrypt-file.ts'
import { breakages } from '../../../workflows/books/sample/break.ts'
import { builtFile } from '../../built.ts'
import { freePort } from '../../readme/installed.ts'
import { openGrin } from '../../workflows/books/fake-grin/open-grin.ts'
import { credentialsOf } from '../../workflows/books/grin/client.ts'
import { samplePassphrase, scratchFolder } from '../../workflows/books/scratch.ts'
import { figures } from '../figures.ts'

// A library under `pipewright up`, of whose processes one is killed every two seconds: `up` itself, workers, the API, those that decrypt
// and unpack. One book of twenty is broken, in each way of the list in turn.

const count = Number(process.env['BOOKS'] ?? 2000)
const killing = { everyMs: 2000, forMs: Number(process.env['KILL_SECONDS'] ?? 300) * 1000 }
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const checkedWhole = 100
const nth = (n: number) => `32101900${String(n).padStart(6, '0')}`

const faults = [...packageFaults, 'conversion-failed', 'not-available']
const broken = new Map(
  Array.from({ length: Math.floor(count / 20) }, (_, n) => [nth(20 * n + 7), faults[n % faults.length]!]),
)
const hardships = [
  { fault: 'http-500', chance: 0.01 },
  { fault: 'reset', on: 'get', chance: 0.03 },
] as const

it(`has each of ${count} books in storage or on the desk, once, whichever process dies (seed ${seed})`, {
  timeout: killing.forMs + 60_000 + count * 2000,
}, async () => {
  const fake = await openGrin({
    books: { sample: false, made: { count, pages: 3 } },
    conversionMs: [1000, 20_000],
    clock: 'real',
    auth: { tokenMs: 60_000 },
    faults: [...[...broken].map(([of, fault]) => ({ fault, of })), ...hardships],
  })
  const cwd = scratchFolder()
  mkdirSync(join(cwd, 'data'))
  writeFileSync(join(cwd, 'data/keyring.json'), JSON.stringify({ sample: samplePassphrase }), { mode: 0o600 })
  const config = {
    app: builtFile('artifacts/books.ts'),
    config: {
      serve: { port: await freePort() },
      disk: { reserveGibibytes: 0 },
      grin: {
        ...{ directory: fake.directory, base: `${fake.url}/libraries`, credentials: credentialsOf(fake) },
        ...{ pollMinutes: 0.05, wanted: 'all', underWay: 300 },
      },
    },
    run: { download: 1 },
  }
  writeFileSync(join(cwd, 'pipewright.yaml'), JSON.stringify(config))
  const env = { ...process.env, XDG_STATE_HOME: scratchFolder() }
  const main = builtFile('src/cli/main.ts')
  let up: ChildProcess
  let [ups, isOver] = [0, false]
  const start = () => {
    ups++
    up = spawn(process.execPath, [main, 'up', '--json'], { cwd, env, stdio: 'ignore', detached: true })
    up.once('close', () => !isOver && start())
  }
  start()
  onTestFinished(async () => {
    isOver = true
    up.kill('SIGTERM')
    if (up.exitCode === null && up.signalCode === null)
      await new Promise((resolve) => up.once('close', resolve))
  })
  const database = join(cwd, 'queues.db')
  await vi.waitUntil(() => existsSync(database) && tallies(database).length > 0, {
    timeout: 60_000,
    interval: 200,
  })
  execFileSync(
    process.execPath,
    [main, 'gate', 'grin', '--rate', '1000/s', '--burst', '1000', '--by', 'test'],
    { cwd },
  )

  const random = new Random(seed)
  const killed = new Map<string, number>()
  for (const until = Date.now() + killing.forMs; Date.now() < until; await sleep(killing.everyMs)) {
    const { pid, what } = random.pick(familyOf(up!.pid!))
    try {
      process.kill(pid, 'SIGKILL')
      killed.set(what, (killed.get(what) ?? 0) + 1)
    } catch {
      // It has just ended.
    }
  }
  await vi.waitUntil(() => isDone(database, count), { timeout: 60_000 + count * 1500, interval: 500 })

  const rows = await readExport(join(cwd, 'data/done'))
  const db = openDatabase(database, { readonly: true })
  const stopped = new Map(
    db
      .prepare<[], [string, string]>("select id, value from tokens where queue = 'books/review'")
      .raw()
      .all()
      .map(([id, value]) => [id, JSON.parse(value).reason]),
  )
  db.close()
  const good = Array.from({ length: count }, (_, n) => nth(n)).filter((barcode) => !broken.has(barcode))
  const stored = rows.map(({ barcode }) => barcode)
  const wrongly = [...broken].filter(([barcode, fault]) => !isRight(stopped.get(barcode), fault))
  const damaged: string[] = []
  for (const [n, { barcode, sha256 }] of rows.entries()) {
    const file = join(cwd, 'data/done', barcode, sha256, `${barcode}.tar.gz`)
    const isWhole = existsSync(file) && hashOf(readFileSync(file)) === sha256
    const isChecked = n % Math.max(1, Math.floor(rows.length / checkedWhole)) === 0
    if (!isWhole || (isChecked && sha256 !== (await plainHash(fake, barcode)))) damaged.push(barcode)
    if (readdirSync(join(cwd, 'data/done', barcode)).length !== 1) damaged.push(barcode)
  }
  const staged = readdirSync(join(cwd, 'data/processing')).filter((name) => !stopped.has(name))
  const deaths = [...killed].map(([what, times]) => `${times} ${what}`).join(', ')
  const what = `books: ${count} under \`up\`, a process killed every 2 s (${deaths}; \`up\` started ${ups} times)`
  const missing = good.filter((barcode) => !stored.includes(barcode))
  figures([
    {
      what,
      demanded: 'each good one stored',
      seen: `${missing.length} missing ${missing.slice(0, 3)}`,
      ok: missing.length === 0,
    },
    {
      what,
      demanded: 'once',
      seen: stored.length - new Set(stored).size,
      ok: stored.length === new Set(stored).size,
    },
    {
      what,
      demanded: 'byte for byte',
      seen: `${damaged.length} damaged ${damaged.slice(0, 3)}`,
      ok: damaged.length === 0,
    },
    {
      what,
      demanded: 'each other one on the desk for its reason',
      seen: JSON.stringify(wrongly.slice(0, 3).map(([id, fault]) => [id, fault, stopped.get(id)])),
      ok: wrongly.length === 0 && stopped.size === broken.size,
    },
    {
      what,
      demanded: 'nothing left in staging',
      seen: staged.join(' ') || 'nothing',
      ok: staged.length === 0,
    },
  ])
  expect(killed.size).toBeGreaterThan(0)
})

/** `up`, and all that it has started, and they. */
function familyOf(root: number): readonly { readonly pid: number; readonly what: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().trim().split('\n')
  const all = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!.slice(1))
  const family = new Set([root])
  for (let before = 0; before < family.size; ) {
    before = family.size
    for (const [pid, parent] of all) if (family.has(Number(parent))) family.add(Number(pid))
  }
  const nameOf = (args: string) =>
    / up /.test(`${args} `) ? 'up' : / serve /.test(args) ? 'serve' : / work /.test(args) ? 'worker' : 'host'
  return all.flatMap(([pid, , args]) =>
    family.has(Number(pid)) ? [{ pid: Number(pid), what: nameOf(args!) }] : [],
  )
}

function tallies(path: string): { readonly role: string; readonly living: number }[] {
  const db = openDatabase(path, { readonly: true })
  try {
    return db
      .prepare<[], any>('select role, ready + leased + delayed + waiting as living, dead from queues')
      .all()
  } catch {
    return []
  } finally {
    db.close()
  }
}

/** Whether all have ended: the last survey, which needs GRIN, beside them. */
function isDone(path: string, books: number): boolean {
  const all = tallies(path)
  const sum = (...roles: string[]) =>
    all.filter(({ role }) => roles.includes(role)).reduce((total, { living }) => total + living, 0)
  return sum('stage') === 0 && sum('output', 'review') > books
}

function isRight(reason: any, fault: string): boolean {
  if (fault === 'conversion-failed') return reason?.class === 'conversion'
  if (fault === 'not-available') return reason?.class === 'unavailable'
  return (
    reason?.name === breakages[fault]!.defect && ['decrypt', 'package', 'metadata'].includes(reason.class)
  )
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The sha256 of what is in the archive of a book at GRIN. */
async function plainHash(fake: Awaited<ReturnType<typeof openGrin>>, barcode: string): Promise<string> {
  const [source, target] = ['a.gpg', 'a'].map((name) => join(scratchFolder(), name))
  for (;;) {
    const { access_token: token } = (await (
      await fetch(fake.login!.tokenUrl, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: fake.login!.refreshToken }),
      })
    ).json()) as { access_token: string }
    const url = `${fake.url}/libraries/${fake.directory}/${barcode}.tar.gz.gpg`
    const bytes = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      .then(async (answer) => (answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined))
      .catch(() => undefined)
    if (!bytes) continue
    writeFileSync(source!, bytes)
    const { sha256 } = await decryptFile({ source: source!, target: target!, passphrase: samplePassphrase })
    return sha256
  }
}
