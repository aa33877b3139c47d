import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { said, type Typed, type } from './cli.ts'
import { type Consumer, makeConsumer } from './consumer.ts'
import { freePort } from './free-port.ts'
import { ask } from './questions.ts'
import { firstVersion, secondVersion } from './versions.ts'

vi.setConfig({ testTimeout: 120_000 })
const within = { timeout: 60_000, interval: 50 }

let consumer: Consumer
let folder: string
let [first, second] = ['', '']
const running: Typed[] = []

beforeAll(async () => {
  consumer = makeConsumer()
  folder = consumer.folder
  ;[first, second] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
  const flow = firstVersion(portOf(first))
  consumer.write('flow.ts', flow)
  consumer.write('flow2.ts', secondVersion(flow, portOf(second)))
}, 240_000)
afterEach(() => {
  for (const each of running.splice(0)) each.signal('SIGKILL')
})
afterAll(() => consumer?.remove())

it('has all that its pages link to', () => {
  const pack = join(folder, 'node_modules/pipewright')
  const pages = readdirSync(pack, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.md'),
  )
  expect(pages.length).toBeGreaterThan(5)
  const links = pages.flatMap((page) =>
    [...readFileSync(join(pack, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link]) => ({
      page,
      link: link!,
    })),
  )
  expect(links.length).toBeGreaterThan(40)
  expect(links.filter(({ page, link }) => !existsSync(join(pack, dirname(page), link)))).toEqual([])
})

it('has what people need, and nothing else', () => {
  const has = (path: string) => existsSync(join(folder, 'node_modules/pipewright', path))
  const needed = [
    'LICENSE',
    'CHANGELOG.md',
    'SECURITY.md',
    'queues.db.example',
    'dist/index.d.ts',
    'src/index.ts',
  ]
  expect(needed.filter((path) => !has(path))).toEqual([])
  const unneeded = ['.ci', 'tsconfig.json', 'workflows/books/sample', 'dist/tsconfig.build.tsbuildinfo']
  expect(unneeded.filter(has)).toEqual([])
})

it('writes an app that compiles and passes its test with what is packed', async () => {
  expect(await said(folder, 'init', 'my-app')).toContain('Next:\n  cd my-app\n')
  // npm obeys a file of this name as it packs, and leaves it out.
  expect(readFileSync(join(folder, 'my-app/.gitignore'), 'utf8')).toContain('node_modules/')
  expect(consumer.compile('-p', 'my-app')).toBe('')
  // Packages are found in the folder above.
  const tested = execFileSync('npm', ['test'], { cwd: join(folder, 'my-app'), encoding: 'utf8' })
  expect(tested).toMatch(/^\S* ?pass 2$/m)
})

it('asks for no script when it is installed', () => {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'node_modules/pipewright/package.json'), 'utf8'))
  const run = ['preinstall', 'install', 'postinstall', 'prepare']
  expect(Object.keys(scripts).filter((name) => run.includes(name))).toEqual([])
})

it('has types that a strict compiler takes as they are', () => {
  const paths = [
    '',
    '/sqlite',
    '/memory',
    '/http',
    '/postgres',
    '/backend',
    '/serve',
    '/simulate',
    '/testing',
  ]
  consumer.write('all.ts', paths.map((path, i) => `export * as x${i} from 'pipewright${path}'`).join('\n'))
  expect(consumer.compile('flow.ts', 'flow2.ts', 'all.ts')).toBe('')
})

// Seen to fail when a process of the first version had looked its queues up by name only, each when it was needed.
it('loses nothing when it is killed, nor while a second version runs beside the first', async () => {
  const urls = Array.from({ length: 3000 }, (_, n) => `https://site-${n}.example/`)
  consumer.write('urls.txt', urls.slice(0, 2500).join('\n'))
  consumer.write('more.txt', urls.slice(2500).join('\n'))
  expect(await said(folder, 'seed', 'flow.ts', '--file', 'urls.txt')).toContain('2500 entered')

  const killed = open('flow.ts')
  await expect.poll(() => count(`queue = 'links/output'`), within).toBeGreaterThan(100)
  for (const pid of workers()) process.kill(pid, 'SIGKILL')
  killed.signal('SIGKILL')
  await killed.ended
  expect(count(`queue = 'links/read'`)).toBeGreaterThan(0)
  expect(count()).toBe(2502)

  const old = open('flow.ts')
  await expect.poll(() => count(`queue = 'links/read'`), within).toBe(0)
  await expect.poll(old.output, within).toContain('The review API listens')
  // So that there is something to rename.
  await said(folder, 'pause', 'links/read')
  await said(folder, 'seed', 'flow.ts', '--file', 'more.txt')
  const young = open('flow2.ts')
  await expect.poll(young.output, within).toContain('The review API listens')
  expect(count(`queue = 'links/parse'`)).toBe(500)
  // An older version that starts now would make the queue anew that the newer one has renamed.
  const late = type(folder, 'run', 'flow.ts')
  expect(await late.ended).toBe(2)
  expect(late.output()).toContain('would make queue "links/read" again, which a newer one has renamed')
  await said(folder, 'resume', 'links/parse')

  await send(`${first}/tokens`, { id: 'old', value: { tag: 'Link', url: 'https://old.example' } })
  await send(`${second}/tokens`, {
    id: 'young',
    value: { tag: 'Link', url: 'https://young.example', from: 'ann' },
  })
  const { hop } = (await (await fetch(`${second}/reviews/mend/tasks/nodejs`)).json()) as { hop: number }
  const fields = { url: 'https://nodejs.org/en' }
  const decision = { decision: 'replace', fields, hop, by: 'ann' }
  await send(`${second}/reviews/mend/tasks/nodejs/decide`, decision)
  const twice = await fetch(`${first}/reviews/mend/tasks/nodejs/decide`, json({ ...decision, by: 'bob' }))
  expect([404, 409]).toContain(twice.status)

  await expect.poll(() => count(`queue = 'links/output' and status = 'ready'`), within).toBe(3004)
  for (const each of [old, young]) each.signal('SIGINT')
  // npx dies of the signal itself; its output ends when what it has started has ended, as it should.
  for (const each of [old, young]) {
    await each.ended
    expect(each.output()).toMatch(/Ending: .*\n$/)
  }
  expect(await said(folder, 'check', 'flow2.ts')).toContain('3004 waiting messages fit')

  expect(count()).toBe(3004)
  const values = query<{ id: string; host: string }>(
    `select id, json_extract(value, '$.host') as host from links_output`,
  )
  const hosts = new Map(values.map(({ id, host }) => [id, host]))
  expect(urls.filter((url) => hosts.get(url) !== new URL(url).host)).toEqual([])
  expect(hosts.get('nodejs')).toBe('nodejs.org')
  const results = query(`select id from history where queue = 'links/output' group by id having count(*) > 1`)
  expect(results).toEqual([])
  const events = query<{ event: string }>('select distinct event from history').map(({ event }) => event)
  const usual = ['paused', 'resumed', 'entered', 'moved', 'postponed', 'failed', 'decided', 'expired']
  expect(events.filter((event) => !usual.includes(event))).toEqual([])
  const deciders = query(`select id, actor from history where event = 'decided'`)
  expect(deciders).toEqual([{ id: 'nodejs', actor: 'ann' }])
})

function open(app: string): Typed {
  const typed = type(folder, 'run', app)
  running.push(typed)
  return typed
}

const query = <Row>(sql: string) => ask<Row>(join(folder, 'queues.db'), sql)
const count = (where = 'true') =>
  query<{ n: number }>(`select count(*) as n from tokens where ${where}`)[0]!.n

/** The processes that hold a lease. */
function workers(): readonly number[] {
  const owners = query<{ owner: string }>(`select distinct owner from links_read where status = 'leased'`)
  return owners.map(({ owner }) => Number(owner.split(':')[1]))
}

function json(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

async function send(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, json(body))
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}
