// What asking GRIN costs, with a fake GRIN in a process of its own. Prints one line of JSON.
// usage: grin.ts rate SECONDS: how many requests it sees of a library that has more to ask than it may
//        grin.ts conversions BOOKS: how long one poll takes for so many books whose conversion is waited for
//        grin.ts ledger BOOKS: how long the list of all books takes into the ledger, and again with nothing new
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeQueues } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import { credentialsOf } from '../../workflows/books/fake-grin/credentials-of.ts'
import { openGrin } from '../../workflows/books/grin/grin.ts'
import { loginWith } from '../../workflows/books/grin/login.ts'
import { openLedger } from '../../workflows/books/ledger/ledger.ts'
import { openContext } from '../../workflows/books/open-context.ts'
import { grinSource } from '../../workflows/books/source/grin-source.ts'
import { Wanted } from '../../workflows/books/states/wanted.ts'
import { folderStorage } from '../../workflows/books/storage/folder-storage.ts'
import { makeBooks } from '../../workflows/books/workflow.ts'
import { startFake } from './fake-process.ts'
import { watchMemory } from './memory-growth.ts'

const [mode, size] = [process.argv[2]!, Number(process.argv[3])]
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const conversions = mode === 'conversions'
const fake = await startFake([
  ...['--books', mode === 'rate' ? '5000' : String(size), '--pages', '3', '--converted', '0'],
  ...(conversions ? ['--conversion-days', '1', '--manual-clock', '--queue-limit', String(size)] : []),
])
const credentials = join(folder, 'grin.json')
writeFileSync(credentials, JSON.stringify(credentialsOf(fake)), { mode: 0o600 })
const grin = openGrin({ base: `${fake.url}/libraries`, directory: 'PRNC', login: loginWith(credentials) })
const admin = async (path: string, method = 'GET', body?: object) => {
  const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const answer = await fetch(`${fake.url}/admin${path}`, { method, ...init })
  return answer.status === 204 ? undefined : ((await answer.json()) as any)
}
try {
  const seen = mode === 'ledger' ? await intoLedger() : await throughWorkflow()
  process.stdout.write(`${JSON.stringify(seen)}\n`)
} finally {
  await fake.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function intoLedger() {
  const grown = watchMemory()
  const ledger = openLedger(join(folder, 'ledger.db'))
  const asking = { signal: new AbortController().signal, pass: async () => {} }
  const take = async () => {
    const startedAt = performance.now()
    const { books, changed } = await ledger.refreshBooks(grin.rows('all_books', asking))
    return { seconds: (performance.now() - startedAt) / 1000, books, changed }
  }
  const [first, again] = [await take(), await take()]
  // What only to read the list takes.
  const startedAt = performance.now()
  let rows = 0
  for await (const _ of grin.rows('all_books', asking)) rows++
  const listSeconds = (performance.now() - startedAt) / 1000
  ledger.close()
  return { first, again, rows, listSeconds, grewMb: grown() }
}

async function throughWorkflow() {
  for (const name of ['processing', 'done']) mkdirSync(join(folder, name))
  const backend = await sqlite(join(folder, 'queues.db'))
  const books = makeBooks({ awaitConversion: { everyMs: conversions ? 500 : 3_600_000 } })
  const queues = await makeQueues(books, backend, 'books')
  const context = openContext({
    ...{ source: grinSource(grin), grin, keyring: { env: {} } },
    processing: { processing: join(folder, 'processing') },
    done: { done: { storage: folderStorage(join(folder, 'done')), exports: join(folder, 'done') } },
  })
  const { check, request, awaitConversion } = queues.artifacts(context)
  if (conversions) {
    const fast = { units: 100_000, perMs: 1000, burst: 100_000 }
    await backend.commit([{ kind: 'gate', name: 'grin', rate: fast, actor: 'bench' }])
  }
  const count = mode === 'rate' ? 5000 : size
  const barcodes = Array.from({ length: count }, (_, n) => `3210190${String(n).padStart(7, '0')}`)
  const stop = new AbortController()
  const running: Promise<void>[] = []
  try {
    return conversions ? await pollOnce() : await atTheGate()
  } finally {
    stop.abort()
    await Promise.all(running)
    await backend.close()
  }

  async function enter(): Promise<void> {
    const book = { processing_bucket: 'processing', done_bucket: 'done', passphrase: 'sample' }
    for (let at = 0; at < barcodes.length; at += 500)
      await Promise.all(
        barcodes
          .slice(at, at + 500)
          .map((barcode) => queues.input.push(barcode, Wanted({ barcode, ...book }))),
      )
  }

  async function atTheGate() {
    await enter()
    running.push(check(stop.signal), request(stop.signal), awaitConversion(stop.signal))
    // What begins is no second like the others.
    await sleep(2000)
    await admin('/counters', 'DELETE')
    await sleep(size * 1000)
    const { requests, mostInASecond } = await admin('/counters')
    return { seconds: size, requests, mostInASecond, used: requests / (4 * size) }
  }

  /** All books wait; half of them have been converted since, and are sent on. */
  async function pollOnce() {
    await enter()
    // As `check` and `request` would do it, which takes an hour at four requests a second.
    const at = new Date().toISOString()
    for (let from = 0; from < barcodes.length; from += 500) {
      if (from === barcodes.length / 2) await admin('/clock/advance', 'POST', { ms: 2 * 86_400_000 })
      const leased = await backend.lease('books/check', {
        ...{ owner: 'bench', leaseMs: 60_000, timeoutMs: 60_000, limit: 500 },
      })
      await backend.commit(
        leased.flatMap(({ id, hop, lease, deploy, frames, priority, value }) => [
          {
            kind: 'pop',
            queue: 'books/check',
            id,
            hop,
            lease,
            owner: 'bench',
            deploy,
            event: 'moved',
          } as const,
          {
            kind: 'push',
            queue: 'books/awaitConversion',
            token: { id, hop: hop + 1, frames, priority, deploy },
            value: { ...(value as object), tag: 'Converting', requested_at: at },
            wait: { for: [{ name: 'answer' }] },
            delayMs: 14 * 86_400_000,
          } as const,
        ]),
      )
      const login = await fetch(fake.tokenUrl, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: fake.refreshToken }),
      })
      const { access_token: token } = (await login.json()) as { access_token: string }
      await fetch(`${fake.url}/libraries/PRNC/_process`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
        body: barcodes.slice(from, from + 500).join('\n'),
      })
    }
    const grown = watchMemory()
    const startedAt = performance.now()
    running.push(awaitConversion(stop.signal))
    const waiting = async () =>
      (await backend.count()).find(({ queue }) => queue === 'books/awaitConversion')!.waiting
    while ((await waiting()) > size / 2) await sleep(20)
    return { seconds: (performance.now() - startedAt) / 1000, grewMb: grown() }
  }
}
