import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it } from 'vitest'
import { cli, folder } from './rig.ts'

const src = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)))

const head = `
import * as z from ${JSON.stringify(fileURLToPath(import.meta.resolve('zod')))}
import { defineApp, filePath, review, state, worker, workflow, wrapped } from ${src('index.ts')}
import { memory } from ${src('backends/memory.ts')}
import { sqlite } from ${src('backends/sqlite/index.ts')}
const Raw = state('Raw', z.object({ text: z.string() }))
const Done = state('Done', z.object({ text: z.string() }))
const stage = (of) => wrapped(of, { input: Raw, output: Done, pre: ({ text }) => text, post: ({ text }) => Done({ text }) })
const flow = workflow({ input: Raw, output: Done, stages: {
  look: stage(review({ input: z.string(), decisions: { ok: z.object({}) } })),
} })
const backend = () => sqlite('own.db')
const seed = { value: (id) => Raw({ text: id }) }
const config = z.object({})
`

let cwd: string
let apps = 0
beforeEach(() => {
  cwd = folder()
})

/** Writes the app that `text` exports, under a name that was not imported before. */
function write(text: string): string {
  const name = `app-${++apps}.mjs`
  writeFileSync(join(cwd, name), text)
  return name
}

/** Writes an app whose `open` is `open`. */
function appOf(open: string): string {
  return write(`${head}export default defineApp({ name: 'flow', config, open: ${open} })`)
}

it('refuses keys that nothing reads in what `open` returns, and what is missing there', async () => {
  const says = async (open: string) => (await cli(cwd, 'check', appOf(open))).err
  const could = 'error: The app "flow" could not be opened: '
  expect(await says('() => ({ workflow: flow, backend, sevre: { port: 1 } })')).toBe(
    `${could}\`open\` returns "sevre", which nothing reads. Did you mean "serve"?`,
  )
  expect(await says('() => ({ workflow: flow, backend, serve: { prot: 1 } })')).toBe(
    `${could}its \`serve\` has "prot", which nothing reads. Did you mean "port"?`,
  )
  expect(await says('() => ({ workflow: flow, backend, seed: { ...seed, sampel: () => [] } })')).toBe(
    `${could}its \`seed\` has "sampel", which nothing reads. Did you mean "sample"?`,
  )
  expect(await says('() => ({ workflow: flow, backend, xyz: 1 })')).toBe(
    `${could}\`open\` returns "xyz", which nothing reads.`,
  )
  expect(await says('() => { flow }')).toContain('its `open` returns nothing')
  expect(await says('() => ({ backend })')).toContain('its `open` returns no workflow')
  expect(await says('() => ({ workflow: flow })')).toContain('its `open` returns no backend')
  expect(await says('() => ({ workflow: flow, backend, seed: {} })')).toContain('its `seed` has no `value`')
  const cron = (seed: string) => says(`() => ({ workflow: flow, backend, cron: { nightly: ${seed} } })`)
  expect(await cron(`{ at: 'often', value: () => {} }`)).toContain(
    'The cron pattern "often" in time zone "UTC" is none',
  )
  expect(await cron(`{ at: '0 3 * * *' }`)).toContain('The cron seed "nightly" has no `value`')
  expect(await says('() => ({ workflow: flow, backend, serve: { port: NaN } })')).toContain('is NaN; it is a')
  expect(await says('() => ({ workflow: flow, backend, serve: 4717 })')).toContain('4717, which is no object')
})

it('refuses in a check what could not be run', async () => {
  const says = async (open: string) => (await cli(cwd, 'check', appOf(open))).err
  const could = 'error: The app "flow" could not be opened: '
  expect(await says(`() => ({ workflow: flow, backend, idOf: 'text' })`)).toBe(
    `${could}its \`idOf\` is "text"; it is a function, such as ({ barcode }) => barcode.`,
  )
  expect(await says(`() => ({ workflow: flow, backend, serve: { port: '4801' } })`)).toBe(
    `${could}the port in its \`serve\` is the text "4801"; it is a whole number from 0 to 65535.`,
  )
  const plain = `worker({ input: z.string(), output: z.string(), process: (text) => text })`
  expect(await says(`() => ({ workflow: ${plain}, backend })`)).toBe(
    `${could}its workflow takes and returns plain values, not states: lift it with wrapped().`,
  )
  const named = write(
    `${head}export default defineApp({ name: 'my shop', config, open: () => ({ workflow: flow, backend }) })`,
  )
  expect((await cli(cwd, 'check', named)).err).toBe(
    `error: The app at ${named}: "my shop" cannot name a workflow: take a letter, then up to 62 letters, digits, "_" or "-".`,
  )
})

it('refuses an app without what an app has', async () => {
  const says = async (app: string) => {
    const name = write(`${head}export default defineApp(${app})`)
    return (await cli(cwd, 'check', name)).err.replaceAll(name, 'app.mjs')
  }
  const open = 'open: () => ({ workflow: flow, backend })'
  expect(await says(`{ config, ${open} }`)).toBe('error: The app at app.mjs has no name; see defineApp.')
  expect(await says(`{ name: 'a', ${open} }`)).toContain('has no schema in `config`')
  expect(await says(`{ name: 'a', config, opne: () => 1 }`)).toContain('has no function `open`')
  expect(await says(`{ name: 'a', config, ${open}, confg: 1 }`)).toBe(
    'error: The app at app.mjs has "confg", which nothing reads. Did you mean "config"?',
  )
})

it('names the line of a host that needs a token, before anything is started', async () => {
  writeFileSync(join(cwd, 'c.yaml'), '# public\nserve:\n  host: 0.0.0.0\n')
  const app = `const config = z.object({ serve: z.object({ host: z.string() }) })
export default defineApp({ name: 'flow', config, open: ({ serve }) => ({ workflow: flow, backend, serve }) })`
  const name = write(head.replace('const config = z.object({})\n', app))
  const sentence =
    'error: c.yaml:3: Listening on "0.0.0.0" lets other machines in, so it needs a token: give one, or listen on 127.0.0.1.'
  for (const command of ['check', 'run', 'serve']) {
    const { code, err } = await cli(cwd, command, name, '--config', 'c.yaml')
    expect(err, command).toBe(sentence)
    expect(code, command).toBe(2)
  }
  expect((await cli(cwd, 'status', '--app', name, '--config', 'c.yaml')).code).toBe(0)
  expect(
    (await cli(cwd, 'check', appOf('() => ({ workflow: flow, backend, serve: { host: "::" } })'))).err,
  ).toBe(
    'error: The app "flow": Listening on "::" lets other machines in, so it needs a token: give one, or listen on 127.0.0.1.',
  )
})

it('refuses an address at which nothing could be served, with its line, before anything enters', async () => {
  const app = `const config = z.object({ serve: z.any() })
export default defineApp({ name: 'flow', config, open: ({ serve }) => ({
  workflow: flow, backend, serve, seed: { ...seed, all: () => ['a'] },
}) })`
  const name = write(head.replace('const config = z.object({})\n', app))
  for (const [key, value, sentence] of [
    ['token', '""', 'The token of a review API cannot be empty.'],
    ['token', '5', 'The token of a review API is a text, and not number.'],
    ['token', 'null', 'The token of a review API is a text, and not null.'],
    [
      'token',
      '"hunter2\\n"',
      'The token of a review API has spaces or a line break around it, or characters that no request can carry.',
    ],
    ['host', '5', '`host` is a text, such as "127.0.0.1", and not number.'],
    ['host', 'a b, token: x', '"a b" in `host` is no name: write "reviews.example.org", without a port.'],
    [
      'hosts',
      '[reviews.example.org]',
      'Answering to "reviews.example.org" lets others than this machine in, so it needs a token: give one.',
    ],
    ['hosts', '["x:8443"]', '"x:8443" in `hosts` is no name: write "reviews.example.org", without a port.'],
    ['hosts', 'x', '`hosts` is a list of texts, also where there is but one.'],
    ['hosts', '[5]', '`hosts` is a list of texts, also where there is but one.'],
    [
      'origins',
      '["https://x/"]',
      '"https://x/" in `origins` is no origin: write "https://desk.example.org", without anything after it.',
    ],
    ['origins', 'null', '`origins` is a list of texts, also where there is but one.'],
    [
      'tls',
      '{ cert: cert.pem, key: key.pem }',
      '`cert` of `tls` is no text in PEM; give what the file has, and not its path.',
    ],
    ['backend', '{ tokens: [] }', '`tokens` is a list of at least one token.'],
    [
      'backend',
      '{ tokens: [{ token: hunter22, may: { wrk: true } }] }',
      'Token 1 in `tokens`: it has "wrk", which nothing reads. Did you mean "work"?',
    ],
  ] as const) {
    writeFileSync(join(cwd, 'c.yaml'), `serve:\n  { ${key}: ${value} }\n`)
    for (const command of ['check', 'run']) {
      const { code, err } = await cli(cwd, command, name, '--config', 'c.yaml')
      expect(err, command).toBe(`error: c.yaml:2: ${sentence}`)
      expect(code, command).toBe(2)
    }
  }
  expect((await cli(cwd, 'status', '--db', 'own.db')).out).toBe('There are no queues yet.')
})

it('refuses queues in memory where several processes would each have their own', async () => {
  const name = appOf('() => ({ workflow: flow, backend: () => memory(), seed })')
  for (const args of [
    ['run', name],
    ['seed', name, '--ids', 'a'],
    ['status', '--app', name],
  ]) {
    const { code, err } = await cli(cwd, ...args)
    expect(err, args.join(' ')).toBe(
      'error: The app "flow" has its queues in memory, where no other process sees them; give it a file or another database, or name one with --db.',
    )
    expect(code, args.join(' ')).toBe(2)
  }
  expect((await cli(cwd, 'seed', name, '--ids', 'a', '--db', 'queues.db')).out).toContain('1 entered')
})

it('needs no backend of the app where another file is named, not even one that cannot be opened', async () => {
  mkdirSync(join(cwd, 'taken.db'))
  const name = appOf('() => ({ workflow: flow, backend: sqlite("taken.db"), seed })')
  expect((await cli(cwd, 'seed', name, '--ids', 'a')).err).toMatch(/^error: .*taken\.db/)
  expect(await cli(cwd, 'seed', name, '--ids', 'a', '--db', 'queues.db')).toMatchObject({
    code: 0,
    err: '',
  })
  expect((await cli(cwd, 'graph', name)).code).toBe(0)
})

it('takes relative paths from the folder of the config, and refuses what is none with its line', async () => {
  mkdirSync(join(cwd, 'conf'))
  const app = `const config = z.object({ database: filePath().default('rel.db'), more: z.record(z.string(), z.array(filePath())).default({}) })
export default defineApp({ name: 'flow', config, open: ({ database, more }) => {
  if (more.a) throw new Error(JSON.stringify([database, more]))
  return { workflow: flow, backend: () => sqlite(database), seed }
} })`
  const name = write(head.replace('const config = z.object({})\n', app))
  const run = async (yaml: string, ...args: string[]) => {
    writeFileSync(join(cwd, 'conf/c.yaml'), yaml)
    return cli(cwd, ...args, name, '--config', 'conf/c.yaml')
  }
  expect((await run('{}', 'seed', '--ids', 'a')).code).toBe(0)
  expect((await cli(cwd, 'status', '--db', 'conf/rel.db')).out).toContain('flow/look')
  expect((await run('more: { a: [x, /y] }', 'check')).err).toContain(
    JSON.stringify([join(cwd, 'conf/rel.db'), { a: [join(cwd, 'conf/x'), '/y'] }]),
  )
  expect((await run('\ndatabase: "a\\0b"', 'check')).err).toBe(
    'error: conf/c.yaml:2: "database": a path cannot have a NUL.',
  )
  expect((await run(`database: ${'x'.repeat(20_000)}`, 'check')).err).toBe(
    'error: conf/c.yaml:1: "database": a path is at most 4096 characters long.',
  )
  expect((await run('database: ""', 'check')).err).toContain('a path is wanted, and this is empty')
  expect((await run('database: postgres://me:pw@host', 'check')).err).toBe(
    'error: conf/c.yaml:1: "database": a path is wanted, and this is a URL.',
  )
})

it('refuses on a dry run the ids that could not enter', async () => {
  const name = appOf(
    '() => ({ workflow: flow, backend, idOf: ({ text }) => text, seed: { value: (id) => Raw({ text: id.slice(0, 1) }) } })',
  )
  const args = ['seed', name, '--ids', 'a,bb']
  const dry = await cli(cwd, ...args, '--dry-run')
  const done = await cli(cwd, ...args)
  expect(dry.err).toContain('error: bb: ')
  expect(dry.err).toBe(done.err)
  expect(dry.out).toContain('it would be: 1 entered, 0 known already, 1 refused')
})
