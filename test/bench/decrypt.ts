// A long decryption by an isolated stage, from its push to the end of its travel, against gpg on the same file: pair by
// pair, because other work on the machine changes both. The lease is looked at every 50 ms. Prints one line of JSON.
// usage: decrypt.ts MIB PAIRS
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReadableStream } from 'node:stream/web'
import { setTimeout } from 'node:timers/promises'
import * as openpgp from 'openpgp'
import { isolated, makeQueues, state, worker, workflow, wrapped } from 'pipewright'
import { sqlite } from 'pipewright/sqlite'
import * as z from 'zod'

const [mebibytes = '1024', pairs = '3'] = process.argv.slice(2)
const passphrase = 'bench'
const leaseMs = 3000
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const source = join(folder, 'book.tar.gz.gpg')
const hasGpg = canRun('gpg')
await makeSource(Number(mebibytes))

const Paths = z.object({ source: z.string(), target: z.string() })
const Done = z.object({ bytes: z.number(), peakRssMb: z.number() })
const In = state('In', Paths)
const Out = state('Out', Done)
const apart = isolated<typeof import('./decrypt.task.ts')>(new URL('./decrypt.task.ts', import.meta.url), {
  in: 'process',
  maxMemoryMb: 192,
  idleMs: 0,
})
const results = new Map<string, z.infer<typeof Done>>()
const backend = await sqlite(join(folder, 'queues.db'))
const queues = await makeQueues(
  workflow({
    input: In,
    output: Out,
    stages: {
      decrypt: wrapped(
        worker({
          input: Paths,
          output: Done,
          leaseMs,
          retry: { attempts: 1 },
          process: async (paths, ctx) => {
            const result = await apart({ ...paths, passphrase }, ctx)
            results.set(ctx.id, result)
            return result
          },
        }),
        {
          input: In,
          output: Out,
          pre: ({ source, target }) => ({ source, target }),
          post: (_, done) => Out(done),
        },
      ),
    },
  }),
  backend,
  'bench',
)
const queue = (await backend.count()).find(({ role }) => role === 'stage')!.queue
const stop = new AbortController()
const running = queues.artifacts().decrypt(stop.signal)

const ours: number[] = []
const theirs: number[] = []
let worstRenewalGapMs = 0
for (let pair = 0; pair < Number(pairs); pair++) {
  if (hasGpg) theirs.push(await timed(decryptWithGpg))
  ours.push(await timed(() => decryptApart(String(pair))))
}
stop.abort()
await running
await backend.close()
rmSync(folder, { recursive: true, force: true })

const line = {
  seconds: median(ours),
  ...(hasGpg
    ? { gpgSeconds: median(theirs), ratio: median(theirs.map((seconds, pair) => seconds / ours[pair]!)) }
    : { gpg: 'not installed' }),
  peakRssMb: Math.max(...[...results.values()].map(({ peakRssMb }) => peakRssMb)),
  leaseMs,
  worstRenewalGapMs: Math.round(worstRenewalGapMs),
}
process.stdout.write(`${JSON.stringify(line)}\n`)

async function decryptApart(id: string): Promise<void> {
  const target = join(folder, 'book.tar.gz')
  await queues.input.push(id, In({ source, target }))
  let endsAt = 0
  for (;;) {
    const row = await backend.get(queue, id)
    if (!row) break
    if (row.status === 'dead') throw new Error(row.error?.message)
    // A lease that ends later than it did has been renewed; the jitter of the two clocks is less than 20 ms.
    const endsNow = performance.now() + (row.leaseLeftMs ?? 0)
    if (row.status === 'leased' && endsNow > endsAt + 20) {
      if (endsAt > 0) worstRenewalGapMs = Math.max(worstRenewalGapMs, endsNow - endsAt)
      endsAt = endsNow
    }
    await setTimeout(50)
  }
  if (results.get(id)?.bytes !== Number(mebibytes) * 2 ** 20) throw new Error('The plaintext is not whole.')
  rmSync(target)
}

async function decryptWithGpg(): Promise<void> {
  const target = join(folder, 'book.gpg.tar.gz')
  await gpg(['-o', target, '-d', source])
  if (statSync(target).size !== Number(mebibytes) * 2 ** 20) throw new Error('gpg has not decrypted all.')
  rmSync(target)
}

/** As gpg does it, or else openpgp.js. */
async function makeSource(size: number): Promise<void> {
  const chunk = randomBytes(2 ** 20)
  if (!hasGpg) {
    const message = await openpgp.createMessage({ binary: ReadableStream.from(Array(size).fill(chunk)) })
    const encrypted = await openpgp.encrypt({ message, passwords: passphrase, format: 'binary' })
    return writeFile(source, encrypted as unknown as AsyncIterable<Uint8Array>)
  }
  const plain = join(folder, 'plain')
  await writeFile(plain, Array(size).fill(chunk))
  await gpg(['--symmetric', '--cipher-algo', 'AES256', '--compress-algo', 'none', '-o', source, plain])
  rmSync(plain)
}

function gpg(args: readonly string[]): Promise<void> {
  const options = [
    '--quiet',
    '--batch',
    '--homedir',
    folder,
    '--pinentry-mode',
    'loopback',
    '--passphrase-fd',
    '0',
  ]
  const child = spawn('gpg', [...options, ...args], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end(passphrase)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`gpg ended with ${code}.`))))
  })
}

function canRun(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
