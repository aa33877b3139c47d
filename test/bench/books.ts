// Made books from a fake GRIN through all stages, by `pipewright run --until-idle` of the built package, and the same books through a
// loop of curl, gpg, tar and md5sum, two at a time, with `tar cz` and `sha256sum` of the result. Each has a fake GRIN of its own, which
// makes its books as they are asked for, in a process whose share is told. Prints one line of JSON.
// usage: books.ts COUNT BYTES PAGES; BENCH_NODE_ARGS in the environment: options of Node for our processes, such as --cpu-prof
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { credentialsOf } from '../../workflows/books/fake-grin/credentials-of.ts'
import { startFake } from './fake-process.ts'
import { childSeconds, type Used, watchTree } from './process-tree.ts'

const [count = 100, bytes = 2_000_000, pages = 40] = process.argv.slice(2).map(Number)
const passphrase = 'correct horse battery staple'
const folder = mkdtempSync(join(tmpdir(), 'pipewright-bench-'))
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const run = promisify(execFile)
const cli = here('../../dist/cli/main.js')
const app = here('../../artifacts/books.ts')
const made = ['--books', count, '--bytes', bytes, '--pages', pages].map(String)
const barcodes = Array.from({ length: count }, (_, number) => `3210190${String(number).padStart(7, '0')}`)

/** What a person would write who trusts every archive, and needs no sync. */
const oneBook = `set -euo pipefail
mkdir "$1"
curl -sf -H "authorization: Bearer $TOKEN" "$URL/$1.tar.gz.gpg" |
  gpg --quiet --batch --homedir home --pinentry-mode loopback --passphrase-file <(printf %s "$PASSPHRASE") -d 2>/dev/null |
  tar xz -C "$1"
(cd "$1" && md5sum -c --quiet checksum.md5)
tar czf "$1.tar.gz" -C "$1" .
sha256sum "$1.tar.gz" > "$1.sha256"
rm -r "$1"
`

const missing = ['bash', 'curl', 'gpg', 'tar', 'md5sum', 'sha256sum'].filter((tool) => !canRun(tool))
try {
  const loop = missing.length === 0 ? await throughLoop() : undefined
  const ours = await throughApp()
  const line = { books: count, missing, loop, ours, ratio: loop && loop.seconds / ours.seconds }
  process.stdout.write(`${JSON.stringify(line)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Passage {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of the fake GRIN, meanwhile. */
  readonly fakeSeconds: number
}

async function throughApp(): Promise<Passage & Used> {
  const at = (name: string) => join(folder, 'ours', name)
  mkdirSync(at(''))
  const fake = await startFake([...made, '--converted', '0', '--conversion-days', '0'])
  try {
    const secret = (name: string, value: object) => {
      writeFileSync(at(name), JSON.stringify(value), { mode: 0o600 })
      return at(name)
    }
    const keyring = secret('keyring.json', { sample: passphrase })
    const credentials = secret('credentials.json', credentialsOf(fake))
    const grin = { directory: 'PRNC', credentials, base: `${fake.url}/libraries`, pollMinutes: 0.01 }
    const config = secret('books.yaml', { grin, keyring, serve: { port: 0 } })
    writeFileSync(at('barcodes.txt'), `${barcodes.join('\n')}\n`)
    const cwd = at('')
    await run(process.execPath, [cli, 'seed', app, '--config', config, '--file', 'barcodes.txt'], { cwd })
    const rate = ['--rate', '1000/s', '--burst', '1000']
    await run(process.execPath, [cli, 'gate', 'grin', ...rate, '--db', 'queues.db'], { cwd })
    const fakeBefore = fake.cpuSeconds()
    const startedAt = performance.now()
    const child = spawn(
      process.execPath,
      [
        ...(process.env['BENCH_NODE_ARGS']?.split(' ') ?? []),
        cli,
        'run',
        app,
        '--config',
        config,
        '--until-idle',
      ],
      {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
    const watch = watchTree(child.pid!, kindOf)
    await once(child, 'close')
    watch.end()
    const seconds = (performance.now() - startedAt) / 1000
    const rows = readFileSync(at('data/done/books_export.csv'), 'utf8').trimEnd().split('\n').length - 1
    if (rows !== count) throw new Error(`Only ${rows} of ${count} books were stored.\n${output}`)
    return { seconds, fakeSeconds: fake.cpuSeconds() - fakeBefore, ...watch.used() }
  } finally {
    await fake.stop()
  }
}

async function throughLoop(): Promise<Passage> {
  const at = (name: string) => join(folder, 'loop', name)
  mkdirSync(at('home'), { recursive: true, mode: 0o700 })
  const fake = await startFake([...made, '--converted', String(count)])
  try {
    const answer = await fetch(fake.tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: fake.refreshToken }),
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    writeFileSync(at('book.sh'), oneBook)
    const before = { own: childSeconds(), fake: fake.cpuSeconds() }
    const startedAt = performance.now()
    const child = spawn('xargs', ['-P', '2', '-n', '1', 'bash', at('book.sh')], {
      cwd: at(''),
      env: { ...process.env, TOKEN: token, URL: `${fake.url}/libraries/PRNC`, PASSPHRASE: passphrase },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let output = ''
    child.stderr.on('data', (text) => (output += text))
    child.stdin.end(barcodes.join('\n'))
    const [code] = await once(child, 'close')
    const seconds = (performance.now() - startedAt) / 1000
    if (code !== 0) throw new Error(`The loop ended with ${code}.\n${output}`)
    return {
      seconds,
      cpuSeconds: childSeconds() - before.own,
      fakeSeconds: fake.cpuSeconds() - before.fake,
    }
  } finally {
    await fake.stop()
    await run('gpgconf', ['--homedir', at('home'), '--kill', 'all']).catch(() => {})
  }
}

/** What a process of the app does, by its command line. */
function kindOf(command: string): string {
  return /task-host/.test(command) ? 'hosts' : (/main\.js (\w+)/.exec(command)?.[1] ?? 'others')
}

function canRun(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
