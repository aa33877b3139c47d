import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import app from '../../artifacts/books.ts'
import { readConfig } from '../../src/app/config/read-config.ts'
import { bundle } from '../bundle.ts'
import { postgresUrl, sql } from '../postgres/schemas.ts'
import { ask } from './ask.ts'
import { freePort, type Installed, install } from './installed.ts'
import { blocks, fileOf, guide, textsOf } from './pages.ts'
import { type Running, sh } from './shell.ts'

const readme = readFileSync('README.md', 'utf8')

/** What cannot be run here, and why. */
const notRun: Readonly<Record<string, string>> = {
  'npm ci && npm start\nnpm ci && npm test\n':
    'this is one of those tests; .ci/run runs both in a fresh checkout',
  'npx pipewright up\n': 'up.test.ts runs it, with the other commands of its page',
  'npx pipewright init my-app\ncd my-app && npm install && npm start\n':
    'npm install asks the registry; test/pack/init-app.test.ts runs the others',
}
/** Runs until it is ended. */
const background = 'npx pipewright run flow.ts\n'
/** Its second half asks the registry; here the package is built and put in its place. */
const setup = 'npm init -y && npm i pipewright zod\n'
/** The first command of its first line asks the registry too. */
const checking = textsOf('sh').find((text) => text.includes('npx tsc'))!

let installed: Installed
let port: number
const started: Running[] = []
const within = { timeout: 60_000, interval: 50 }
vi.setConfig({ testTimeout: 120_000 })

beforeAll(async () => {
  installed = install()
  // Each of its commands starts in half the time. `npm run package` tries the files as they are published.
  await bundle(join(installed.app, 'node_modules/pipewright'), 'dist')
  port = await freePort()
}, 120_000)

afterAll(async () => {
  for (const { process: child, ended } of started) {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
    await ended
  }
  installed?.remove()
})

it('has no block of a kind that no test looks at', () => {
  const kinds = new Set(blocks.map(({ language, name }) => `${language} ${name}`.trim()))
  expect([...kinds].sort()).toEqual([
    'ini links.service',
    'js tracing.mjs',
    'mermaid',
    'sh',
    'sh container',
    'sh finding',
    'sh letters',
    'sh limits',
    'sh mirrored',
    'sh operating',
    'sh postgres',
    'sh repair',
    'sh up',
    'sql',
    'sql finding',
    'sql inbox',
    'sql limits',
    'sql operating',
    'sql postgres',
    'sql postgres-inbox',
    'sql postgres-months',
    'sql postgres-readers',
    'text finding',
    'text letters',
    'text letters-sh',
    'text limits',
    'text repair',
    'text repair-lines',
    'ts',
    'ts archive.ts',
    'ts bookmarks.ts',
    'ts claims.ts',
    'ts documents.ts',
    'ts error',
    'ts far.ts',
    'ts find.ts',
    'ts flow.ts',
    'ts letters.ts',
    'ts mend.ts',
    'ts nightly.ts',
    'ts ocr.ts',
    'ts probe.ts',
    'ts shelf.ts',
    'ts shorten.task.ts',
    'ts shout.ts',
    'yaml books.yaml',
    'yaml far.yaml',
    'yaml mirrored.yaml',
    'yaml pipewright.yaml',
    'yaml secrets.yaml',
  ])
  const shell = textsOf('sh')
  for (const each of [...Object.keys(notRun), background, setup, checking]) expect(shell).toContain(each)
})

it('defines and runs a workflow that compiles and does what it says', async () => {
  writeFileSync(join(installed.checked, 'guide.ts'), guide())
  const named = new Set(blocks.flatMap(({ language, name }) => (language === 'ts' && name ? [name] : [])))
  for (const name of named) if (name !== 'error') writeFileSync(join(installed.checked, name), fileOf(name))
  expect(installed.check()).toEqual([])
  expect(await outputOf('shout.ts')).toBe('HELLO\n')
  const [counted, thrown, once, shouted, simulated, many] = (await outputOf('guide.ts')).split('\n')
  expect(counted).toBe('page-1 12')
  expect(thrown).toBe("{ tag: 'Thrown', text: '', note: 'the page is empty' }")
  expect(once).toBe('true false')
  expect(shouted).toBe('HELLO')
  expect(many).toBe('2 2')
  const [, runs, tokens, arrived] = /^Seed 7: (\d+) runs, .*; (\d+) tokens ended: (\d+) in/.exec(simulated!)!
  expect(Number(runs)).toBeGreaterThan(10)
  expect([tokens, arrived]).toEqual([`${2 * Number(runs)}`, tokens])
})

it('has apps with tokens by the clock, and with finished tokens that are used, that can be started', async () => {
  for (const name of ['nightly.ts', 'shelf.ts', 'archive.ts']) {
    writeFileSync(join(installed.checked, name), fileOf(name))
    const checked = sh(installed.checked, atOnce(`npx pipewright check ${name}`))
    expect(await checked.ended, checked.output()).toBe(0)
  }
})

it('is drawn by the command line as it is shown', async () => {
  writeFileSync(join(installed.checked, 'flow.ts'), fileOf('flow.ts'))
  const drawn = sh(installed.checked, atOnce('npx pipewright graph flow.ts'))
  expect(await drawn.ended, drawn.output()).toBe(0)
  expect(textsOf('mermaid')).toEqual([drawn.output()])
})

it('is refused by the compiler where it says so, in the words that it says', () => {
  const [wrong] = textsOf('ts', 'error')
  const [, sentence] = /^\/\/ error: (.*)$/m.exec(wrong!)!
  writeFileSync(join(installed.checked, 'guide.ts'), `${guide()}\n${wrong}`)
  const errors = installed.check()
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain(sentence)
})

it('takes a new user through the commands of the README and the review API', async () => {
  const { app: cwd } = installed
  const here = (text: string) => text.replaceAll('4717', `${port}`)
  const lines = textsOf('sh').filter((text) => !Object.hasOwn(notRun, text))
  expect(lines.splice(0, 3)).toEqual([setup, checking, background])

  const made = sh(cwd, setup.split('&&')[0]!)
  expect(await made.ended, made.output()).toBe(0)
  writeFileSync(join(cwd, 'flow.ts'), here(fileOf('flow.ts')))
  await typeChecks(cwd)
  const run = sh(cwd, background)
  started.push(run)
  await expect.poll(() => run.output(), within).toContain(`url=http://127.0.0.1:${port}`)

  const said: string[] = []
  for (const text of lines) {
    // As slow as a person who reads what comes.
    await expect.poll(() => workLeft(join(cwd, 'queues.db')), within).toBe(0)
    const asked = sh(cwd, atOnce(here(text)))
    expect(await asked.ended, `${text}\n${asked.output()}\n${run.output()}`).toBe(0)
    said.push(asked.output())
  }
  expect(said[0]).toContain('"tag":"Broken"')
  expect(said[0]).toContain('token nodejs of links')
  await expect.poll(() => workLeft(join(cwd, 'queues.db')), within).toBe(0)
  const ended = await ask(join(cwd, 'queues.db'), 'select id, queue, state from tokens order by id')
  expect(ended).toEqual([
    ['docs', 'links/output', 'Known'],
    ['https://nodejs.org', 'links/output', 'Known'],
    ['nodejs', 'links/output', 'Known'],
    ['typo', null, null],
  ])
  process.kill(-run.process.pid!, 'SIGINT')
  // The shell dies of the signal; the output closes when all that it has started has ended.
  await run.ended
  expect(run.output()).toContain('Ending')
  const troubles = run.output().match(/^.* (?:run|worker|serve) (?:error|warn) .*$/gm) ?? []
  const known = /^.* worker warn The work failed.* error="TypeError: Invalid URL" .* at=\S*flow\.ts:\d+:\d+ /
  expect(troubles.filter((line) => !known.test(line))).toEqual([])
})

it('runs the app of the README on a Postgres, as its page says', async () => {
  const { app: cwd } = installed
  const own = (name: string) => `page_${process.pid}_${name}`
  const named = (text: string) =>
    text.replaceAll(/\b(?:role|owner|to|database) (\w+)/g, (words, name) => words.replace(name, own(name)))
  const each = (name: string) =>
    textsOf('sql', name).flatMap((text) =>
      named(text)
        .split(';')
        .filter((one) => one.trim() !== ''),
    )
  onTestFinished(async () => {
    await sql(`drop database if exists ${own('shop')} with (force)`)
    for (const role of ['queues', 'analyst']) await sql(`drop role if exists ${own(role)}`)
  })
  for (const statement of each('postgres')) await sql(statement)
  const url = new URL(postgresUrl())
  Object.assign(url, { username: own('queues'), pathname: `/${own('shop')}` })
  writeFileSync(join(cwd, 'flow.ts'), fileOf('flow.ts').replaceAll('4717', `${port}`))
  const lines = textsOf('sh', 'postgres').join('').replaceAll('postgres://queues@localhost/shop', `${url}`)
  const done = sh(cwd, lines.replace('run flow.ts', 'run flow.ts --until-idle'))
  expect(await done.ended, done.output()).toBe(0)
  expect(done.output()).toMatch(/^links\/mend +1 /m)

  const asks = async (user: string, statements: readonly string[]) => {
    const client = new pg.Client(`${Object.assign(new URL(url), { username: own(user) })}`)
    await client.connect()
    try {
      for (const statement of statements.slice(0, -1)) await client.query(statement)
      return (await client.query(statements.at(-1)!)).rows
    } finally {
      await client.end()
    }
  }
  const [makeReader, ...grants] = each('postgres-readers')
  await sql(makeReader!)
  await asks('queues', grants)
  const looked = await asks('analyst', ['select id, queue from pipewright.tokens order by id'])
  expect(looked).toEqual([
    { id: 'https://nodejs.org', queue: 'links/output' },
    { id: 'nodejs', queue: 'links/mend' },
  ])
  await asks('queues', each('postgres-inbox'))
  expect(await asks('queues', ['select id, state from pipewright.links_inbox'])).toEqual([
    { id: 'vite', state: 'waiting' },
  ])

  // As if the month had begun while no process ran.
  const [all, rest] = await asks('queues', [
    'create table aside as select * from pipewright.pw_history',
    'truncate pipewright.pw_history',
    'drop table if exists pipewright.pw_history_2026_11',
    'insert into pipewright.pw_history select line, 1793491200000 + line, token, work_ms, hop, queue, target, attempt, deploy, event from aside',
    ...each('postgres-months'),
    `select (select count(*)::integer from pipewright.pw_history_2026_11) as count union all
       select (select count(*)::integer from pipewright.pw_history_rest)`,
  ])
  expect(all.count).toBeGreaterThan(2)
  expect(rest).toEqual({ count: 0 })
})

it('shows a config that the books accept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-config-'))
  try {
    const path = join(folder, 'books.yaml')
    writeFileSync(path, textsOf('yaml', 'books.yaml')[0]!)
    expect(await readConfig(app.config, path)).toMatchObject({ passphrase: 'main' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** `lines` with an npx that looks nowhere else: npm itself takes a second of processor. `checking` and `background` go through it. */
function atOnce(lines: string): string {
  return `npx() { command="./node_modules/.bin/$1"; shift; "$command" "$@"; }\n${lines}`
}

/** What a program in the folder of checked files says; fails if it fails. */
async function outputOf(name: string): Promise<string> {
  const run = sh(installed.checked, `'${process.execPath}' --import '${import.meta.resolve('tsx')}' ${name}`)
  expect(await run.ended, run.output()).toBe(0)
  return run.output()
}

/** What the compiler says in the folder of a new user, of the flow as it is and without its person. */
async function typeChecks(cwd: string): Promise<void> {
  const [first, tsc] = checking.trim().split('\n')
  const asked = sh(cwd, `${first!.split(' && ')[1]} && ${tsc}`)
  expect(await asked.ended, asked.output()).toBe(0)
  const path = join(cwd, 'flow.ts')
  const flow = readFileSync(path, 'utf8')
  writeFileSync(path, flow.replace('stages: { read, mend }', 'stages: { read }'))
  const refused = sh(cwd, tsc!)
  expect(await refused.ended).not.toBe(0)
  const [, sentence] = /does not compile: `([^`]+)`/.exec(readme)!
  expect(refused.output().replaceAll('\\"', '"')).toContain(sentence)
  writeFileSync(path, flow)
}

async function workLeft(path: string): Promise<unknown> {
  const [[left]] = (await ask(
    path,
    "select sum(ready + leased + delayed) from queues where role = 'stage'",
  )) as [[unknown]]
  return left
}
