import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { beforeEach, expect, it, vi } from 'vitest'
import { http } from '../../src/backends/http.ts'
import { freePort } from '../readme/installed.ts'
import { built } from './built.ts'
import { answerOf, cli, folder, isAlive, logged, stamped, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

beforeEach(() => {
  vi.stubEnv('XDG_STATE_HOME', folder())
  return () => vi.unstubAllEnvs()
})

/** The file of an `up` of the letters. */
const upFile = (rest = '') => `app: ${built.letters}\n${rest}`

interface Shown {
  readonly pid: number
  readonly groups: readonly { readonly name: string; readonly processes: number }[]
  readonly processes: readonly {
    readonly name: string
    readonly state: string
    readonly pid: number
    readonly restarts: number
    readonly ended?: string
  }[]
}

const ps = (cwd: string): Promise<Shown> => answerOf(cwd, 'ps')

/** Starts `up` in the folder `cwd`, and waits until all its processes have come up. */
async function started(cwd: string, ...args: readonly string[]) {
  const up = start(built.main, cwd, 'up', '--json', ...args)
  await expect.poll(up.output, within).toMatch(/All processes have come up|"code"/)
  return up
}

it('runs the stages of a file in processes of their own, shows them, and ends them', async () => {
  const cwd = folder({
    'pipewright.yaml': upFile(`
config: { ids: [a, b, odd1] }
run:
  stamp: { processes: 2, concurrency: 3 }
  send: 1
`),
  })
  const up = await started(cwd)
  const shown = await ps(cwd)
  expect(shown).toMatchObject({
    pid: up.process.pid,
    app: 'letters',
    config: join(cwd, 'pipewright.yaml'),
    groups: [
      { name: 'stamp', processes: 2, concurrency: 3 },
      { name: 'send', processes: 1 },
      { name: 'serve', processes: 1 },
    ],
  })
  expect(shown.processes.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'stamp-1 running',
    'stamp-2 running',
    'send-1 running',
    'serve running',
  ])
  await expect.poll(async () => (await answerOf(cwd, 'token', 'b')).finishedAt, within).toBeDefined()
  const working = await cli(cwd, 'sql', 'select name, stages from processes order by name')
  expect(working.out).toMatch(/send-1 +{"letters\/send":1}[\s\S]*stamp-1 +{"letters\/stamp":3}/)
  expect((await cli(cwd, 'ps')).out).toMatch(
    /^letters, process \d+, up for .*\nprocess +state .*\nstamp-1 +running/,
  )
  expect(await answerOf(cwd, 'down')).toMatchObject({ pid: up.process.pid })
  expect(await up.ended).toBe(0)
  expect(shown.processes.filter(({ pid }) => isAlive(pid))).toEqual([])
  expect((await cli(cwd, 'ps')).err).toContain('No `pipewright up` runs with pipewright.yaml')
})

it('says with file and line what is wrong, and starts nothing', async () => {
  const secret = 'open sesame'
  vi.stubEnv('UP_SECRET', secret)
  const refusals: readonly (readonly [file: string, said: string])[] = [
    ['run: {}', 'c.yaml:1: "app": it is missing'],
    [upFile('runs: { stamp: 2 }'), 'c.yaml:2: "runs" is not known here; remove it or correct its name.'],
    [
      upFile('run:\n  stamp: 2\n  stmp: 1'),
      'c.yaml:4: There is no stage "stmp" in which processes work; there is stamp, send, worker. Did you mean "stamp"?',
    ],
    [upFile('run:\n  stamp: { processes: 65 }'), 'c.yaml:3: "run.stamp.processes": Too big'],
    [upFile('run:\n  stamp: { concurency: 2 }'), 'c.yaml:3: "run.stamp.concurency" is not known here'],
    [upFile('config:\n  clerk: 7'), 'c.yaml:3: "clerk": Invalid input: expected string, received number'],
    [upFile(`config:\n  clark: "$\{env:UP_SECRET}"`), 'c.yaml:3: "clark" is not known here'],
    [
      upFile(`config:\n  clerk: "$\{env:UP_NOTHING}"`),
      'c.yaml:3: "config.clerk" refers to the environment variable UP_NOTHING, which is not set.',
    ],
    [
      upFile(`config:\n  clerk: "$\{file:none}"`),
      'c.yaml:3: "config.clerk" refers to the file none, which cannot be read: there is no such file.',
    ],
    [upFile(`config:\n  clerk: "$\{UP_SECRET}"`), 'c.yaml:3: "config.clerk" has a "${" that is no reference'],
    [upFile('env:\n  "A B": x'), 'c.yaml:3: '],
    [
      upFile(`serve:\n  port: $\{env:UP_SECRET}`),
      'c.yaml:3: "serve.port": Invalid input: expected number, received string',
    ],
    [
      upFile('serve:\n  host: 0.0.0.0'),
      'c.yaml:3: Listening on "0.0.0.0" lets other machines in, so it needs a token',
    ],
    [upFile('backend: mysql://u:p@h/d'), 'c.yaml:2: "backend": "mysql:" names no database here'],
    [
      upFile('inputs: []'),
      'c.yaml:2: "inputs" is for pipelines without an app of their own, which this version does not run.',
    ],
    ['app: none.ts', 'There is no app at'],
  ]
  for (const [text, said] of refusals) {
    const cwd = folder({ 'c.yaml': text })
    const { code, err } = await cli(cwd, 'up', 'c.yaml')
    expect(err, text).toContain(said)
    expect(err).not.toContain(secret)
    expect(code, err).not.toBe(0)
    expect(existsSync(join(cwd, 'queues.db.up')), text).toBe(false)
  }
  expect((await cli(folder(), 'up')).err).toMatch(
    /^error: There is neither a pipewright\.yaml in this folder nor \//,
  )
})

it('finds its file in the config folder of the user', async () => {
  const home = folder()
  vi.stubEnv('XDG_CONFIG_HOME', home)
  mkdirSync(join(home, 'pipewright'))
  writeFileSync(join(home, 'pipewright/pipewright.yaml'), 'ap: x')
  expect((await cli(folder(), 'up')).err).toContain(
    `${home}/pipewright/pipewright.yaml:1: "ap" is not known here`,
  )
})

it('refuses a second one on the same database, and takes over from one that was killed, losing nothing', async () => {
  const cwd = folder({
    'pipewright.yaml': upFile('config: { ids: [slow, a] }'),
    'other.yaml': upFile('serve: false'),
  })
  const first = await started(cwd)
  await expect.poll(() => stamped(cwd).map(({ id }) => id), within).toContain('slow')
  const home = join(cwd, 'queues.db.up')
  expect(statSync(home).mode & 0o777).toBe(0o700)
  for (const name of ['socket', 'up.json', 'lock'])
    expect(statSync(join(home, name)).mode & 0o777, name).toBe(0o600)
  const second = await cli(cwd, 'up', 'other.yaml')
  expect(second.code).toBe(2)
  expect(second.err).toMatch(
    `error: Another \`pipewright up\` runs on this database: process ${first.process.pid}, since 20`,
  )
  expect(second.err).toContain(`with ${join(cwd, 'pipewright.yaml')}`)
  const children = (await ps(cwd)).processes.map(({ pid }) => pid)
  first.process.kill('SIGKILL')
  await expect.poll(() => children.filter(isAlive), within).toEqual([])
  expect(existsSync(join(home, 'socket'))).toBe(true)
  expect((await cli(cwd, 'ps')).err).toContain('No `pipewright up` runs')
  const next = await started(cwd, 'other.yaml')
  expect(await answerOf(cwd, 'ps', '--db', 'queues.db')).toMatchObject({ pid: next.process.pid })
  const token = await answerOf(cwd, 'token', 'slow')
  expect(token.row).toMatchObject({ hop: 1, attempts: 0, crashes: 0 })
  next.process.kill('SIGTERM')
  expect(await next.ended).toBe(0)
})

it('starts a process again that was killed, and says so', async () => {
  const cwd = folder({ 'pipewright.yaml': upFile('serve: false') })
  const up = await started(cwd)
  const [before] = (await ps(cwd)).processes
  expect((await cli(cwd, 'ps', '--check')).code).toBe(0)
  process.kill(before!.pid, 'SIGKILL')
  await expect
    .poll(async () => (await cli(cwd, 'ps', '--check')).err, within)
    .toMatch(/^error: Not all processes run: worker-1 is (?:waiting|starting)\.$/)
  await expect
    .poll(async () => (await ps(cwd)).processes, within)
    .toMatchObject([{ name: 'worker-1', state: 'running', restarts: 1, ended: 'was ended by SIGKILL' }])
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})

it('scales, stops, starts and replaces the processes of stages, and drops no work', async () => {
  const cwd = folder({
    'pipewright.yaml': upFile(
      'config: { ids: [late1] }\nserve: false\nrun: { stamp: 1, send: { concurrency: 2 } }',
    ),
  })
  const up = await started(cwd)
  const row = async () => (await answerOf(cwd, 'token', 'late1')).row
  await expect.poll(row, within).toMatchObject({ hop: 2, status: 'leased' })
  const names = ({ processes }: Shown) => processes.map(({ name }) => name)
  expect(names(await answerOf(cwd, 'scale', 'stamp=3'))).toEqual(['stamp-1', 'stamp-2', 'stamp-3', 'send-1'])
  expect(names(await answerOf(cwd, 'scale', 'stamp=1'))).toEqual(['stamp-1', 'send-1'])
  const [stamp] = (await ps(cwd)).processes
  const restarted: Shown = await answerOf(cwd, 'restart', 'stamp')
  expect(names(restarted)).toEqual(['stamp-1', 'send-1'])
  expect(restarted.processes[0]!.pid).not.toBe(stamp!.pid)
  expect(isAlive(stamp!.pid)).toBe(false)
  expect(await row()).toMatchObject({ hop: 2, status: 'leased', attempts: 0 })
  const stopped: Shown = await answerOf(cwd, 'stop', 'stamp')
  expect(names(stopped)).toEqual(['send-1'])
  expect(stopped.groups[0]).toMatchObject({ name: 'stamp', processes: 1, stopped: true })
  expect((await cli(cwd, 'seed', built.letters, '--ids', 'b')).code).toBe(0)
  expect(names(await answerOf(cwd, 'start'))).toEqual(['stamp-1', 'send-1'])
  await expect.poll(async () => (await answerOf(cwd, 'token', 'b')).finishedAt, within).toBeDefined()
  const wrong = await cli(cwd, 'restart', 'stmp')
  expect(wrong.code).toBe(2)
  expect(wrong.err).toBe(
    'error: Nothing that runs here is called "stmp"; there is stamp, send. Did you mean "stamp"?',
  )
  expect((await cli(cwd, 'scale', 'stamp=many')).code).toBe(2)
  const impatience = setInterval(() => up.process.kill('SIGINT'), 600)
  await up.ended
  clearInterval(impatience)
  expect(await row()).toMatchObject({ hop: 2, status: 'ready', attempts: 0, suspect: false })
})

it('reads its file again: what is said as before goes on, and a file that is refused changes nothing', async () => {
  const text = (clerk: string, run: string) =>
    `app: ${built.letters}\nserve: false\nconfig: { clerk: ${clerk} }\nrun: ${run}\n`
  const cwd = folder({ 'pipewright.yaml': text('ann', '{ stamp: 1, send: 1 }') })
  const file = join(cwd, 'pipewright.yaml')
  const up = await started(cwd)
  const byName = async () => Object.fromEntries((await ps(cwd)).processes.map(({ name, pid }) => [name, pid]))
  const before = await byName()
  writeFileSync(file, text('ann', '{ stamp: 2, send: { concurrency: 2 } }'))
  up.process.kill('SIGHUP')
  await expect.poll(up.output, within).toContain('The file was read again.')
  const scaled = await byName()
  expect(Object.keys(scaled)).toEqual(['stamp-1', 'stamp-2', 'send-1'])
  expect(scaled['stamp-1']).toBe(before['stamp-1'])
  expect(scaled['send-1']).not.toBe(before['send-1'])
  writeFileSync(file, text('ann', '{ stmp: 2 }'))
  const refused = await cli(cwd, 'reload')
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('pipewright.yaml:4: There is no stage "stmp"')
  expect(await byName()).toEqual(scaled)
  writeFileSync(file, text('bob', '{ stamp: 2, send: { concurrency: 2 } }'))
  expect(await answerOf(cwd, 'reload')).toMatchObject({ faults: [] })
  const changed = await byName()
  expect(Object.keys(changed)).toEqual(['stamp-1', 'stamp-2', 'send-1'])
  expect(Object.values(changed).filter((pid) => Object.values(scaled).includes(pid))).toEqual([])
  await cli(cwd, 'seed', built.letters, '--ids', 'c')
  await expect
    .poll(() => logged(up.output()), within)
    .toContainEqual(
      expect.objectContaining({ message: 'Stamped.', fields: expect.objectContaining({ clerk: 'bob' }) }),
    )
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})

it('shows no secret anywhere: neither in logs nor in files, arguments or answers', async () => {
  const secret = 'open "sesame" & co'
  const cwd = folder({
    'key.txt': `${secret}\n`,
    'pipewright.yaml': upFile(`config: { clerk: "$\{file:key.txt}", ids: [a] }\nlogs: { folder: logs }`),
  })
  const up = await started(cwd)
  await expect
    .poll(() => logged(up.output()), within)
    .toContainEqual(
      expect.objectContaining({ message: 'Stamped.', fields: expect.objectContaining({ clerk: '***' }) }),
    )
  const { processes } = await ps(cwd)
  const arguments_ = processes.map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  const seen = [
    up.output(),
    (await cli(cwd, 'logs', '--json')).out,
    (await cli(cwd, 'ps', '--json')).out,
    readFileSync(join(cwd, 'logs/up.log'), 'utf8'),
    readFileSync(join(cwd, 'queues.db.up/up.json'), 'utf8'),
    ...arguments_,
  ].join('\n')
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    expect(seen).not.toContain(form)
  expect((await cli(cwd, 'logs', 'worker')).out).toMatch(/worker-1 info Stamped\..* clerk=\*\*\*/)
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})

it('answers by plain HTTP and JSON on its socket, and refuses what it does not know', async () => {
  const cwd = folder({ 'pipewright.yaml': upFile('serve: false') })
  const up = await started(cwd)
  const ask = async (method: string, path: string, body?: string) => {
    const headers = { 'content-type': 'application/json' }
    const asked = request({ socketPath: join(cwd, 'queues.db.up/socket'), method, path, headers }).end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, body: await json(answer) }
  }
  expect(await ask('GET', '/')).toMatchObject({ status: 200, body: { app: 'letters', pid: up.process.pid } })
  const refused: readonly (readonly [path: string, body: string, status: number])[] = [
    ['/scale', '{"group": "worker", "processes": 65}', 400],
    ['/scale', '{"group": "worker", "processes": 1, "by": "ann"}', 400],
    ['/stop', '{"groups": "worker"}', 400],
    ['/stop', '{"groups": ["worker", "none"]}', 404],
    ['/stop', '{', 400],
    ['/steer', '{}', 404],
  ]
  for (const [path, body, status] of refused) {
    const answer = await ask('POST', path, body)
    expect(answer, `${path} ${body}`).toMatchObject({ status, body: { message: expect.any(String) } })
  }
  expect((await ps(cwd)).processes).toMatchObject([{ name: 'worker-1', state: 'running', restarts: 0 }])
  expect(await ask('POST', '/down', '{}')).toMatchObject({ status: 200 })
  expect(await up.ended).toBe(0)
})

it('follows the log of a stage until up ends', async () => {
  const cwd = folder({ 'pipewright.yaml': upFile('serve: false\nrun: { stamp: 1 }') })
  const up = await started(cwd)
  const following = start(built.main, cwd, 'logs', '-f', '--json', '--lines', '5', 'stamp')
  await expect.poll(following.output, within).toContain('"message":"Working."')
  await cli(cwd, 'seed', built.letters, '--ids', 'a')
  await expect.poll(following.output, within).toContain('"message":"Stamped."')
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
  expect(await following.ended).toBe(0)
  expect(new Set(logged(following.output()).map(({ process }) => process))).toEqual(new Set(['stamp-1']))
})

it('ends with a sentence if a process does not come up at the start', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const cwd = folder({ 'pipewright.yaml': upFile(`serve: { port: ${port} }`) })
  const up = await started(cwd)
  expect(await up.ended).toBe(1)
  expect(up.output()).toContain('Process serve did not come up; see its lines above.')
  taken.close()
})

it('lets the old processes go on where new ones do not come up', async () => {
  const text = (options: string) =>
    upFile(`env: { NODE_OPTIONS: "${options}" }\nrun: { stamp: 2, send: 1 }\n`)
  const cwd = folder({ 'pipewright.yaml': text('') })
  const up = await started(cwd)
  const before = (await ps(cwd)).processes.map(({ name, pid }) => [name, pid])
  writeFileSync(join(cwd, 'pipewright.yaml'), text('--no-such-option'))
  const { code, err, out } = await cli(cwd, 'reload', '--json')
  expect(code).toBe(1)
  expect(err).toContain('Process stamp-1 did not come up; see its lines in the log. What ran before goes on.')
  const shown: Shown & { faults: unknown } = JSON.parse(out)
  expect(shown.faults).toHaveLength(3)
  const workers = ({ processes }: Shown) =>
    processes.filter(({ name }) => name !== 'serve').map(({ name, pid }) => [name, pid])
  expect(workers(shown)).toEqual(before.slice(0, 3))
  await expect
    .poll(async () => (await ps(cwd)).processes.at(-1), within)
    .toMatchObject({ name: 'serve', state: 'running' })
  await cli(cwd, 'seed', built.letters, '--ids', 'a')
  await expect.poll(async () => (await answerOf(cwd, 'token', 'a')).finishedAt, within).toBeDefined()
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})

it('is steered also where the path of its folder is too long for a socket', async () => {
  const cwd = join(folder(), 'x'.repeat(120))
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'pipewright.yaml'), upFile('serve: false'))
  const up = await started(cwd)
  const { socket } = JSON.parse(readFileSync(join(cwd, 'queues.db.up/up.json'), 'utf8'))
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700)
  expect(await ps(cwd)).toMatchObject({ pid: up.process.pid })
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
  expect(existsSync(dirname(socket))).toBe(false)
})

it('serves the API where the file says, under the names and with the token that it says', async () => {
  const token = 'open sesame'
  const cwd = folder({
    'token.txt': `${token}\n`,
    'letters.yaml': `clerk: "$\{env:UP_CLERK}"\nids: [a]\n`,
    'pipewright.yaml': upFile(`
config: letters.yaml
backend: sqlite:other.db
concurrency: 2
run: { worker: { processes: 2 } }
serve:
  port: 0
  token: "$\{file:token.txt}"
  hosts: [letters.example.org]
  backend:
    tokens: [{ name: stamper, token: "$\{env:UP_STAMPER}", may: { work: [letters/stamp] } }]
`),
  })
  vi.stubEnv('UP_CLERK', 'bob the clerk')
  vi.stubEnv('UP_STAMPER', 'stamper-secret')
  const up = await started(cwd)
  const url = () => logged(up.output()).find(({ fields }) => fields['url'])?.fields['url'] as string
  await expect.poll(url, within).toBeDefined()
  const statusOf = async (headers: Record<string, string>) => {
    const asked = request(`${url()}/reviews`, { headers }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  const authorization = `Bearer ${token}`
  expect(await statusOf({ host: 'letters.example.org', authorization })).toBe(200)
  expect(await statusOf({ host: 'other.example.org', authorization })).toBe(403)
  expect(await statusOf({ host: 'letters.example.org' })).toBe(401)
  const away = http(`${url()}/backend`, { token: 'stamper-secret' })
  const leasing = { owner: 'me', leaseMs: 1000, timeoutMs: 1000, limit: 0 }
  expect(await away.lease('letters/stamp', leasing)).toEqual([])
  await expect(away.lease('letters/send', leasing)).rejects.toThrow(
    'The token "stamper" has not the right "work" in "letters/send".',
  )
  await away.close()
  const shown = await ps(cwd)
  expect(shown.processes.map(({ name }) => name)).toEqual(['worker-1', 'worker-2', 'serve'])
  const working = await cli(cwd, 'sql', '--db', 'other.db', 'select stages from processes')
  expect(working.out).toContain('{"letters/stamp":2,"letters/send":2}')
  expect(existsSync(join(cwd, 'queues.db'))).toBe(false)
  await expect.poll(up.output, within).toContain('"clerk":"***"')
  expect(up.output()).not.toContain(token)
  expect(up.output()).not.toContain('stamper-secret')
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})

it('is steered over its API by those who have the token of that', async () => {
  const port = await freePort()
  const cwd = folder({
    'pipewright.yaml': upFile(`
serve: { port: ${port}, token: a-token-for-the-desk }
run: { stamp: 1 }
`),
  })
  const up = await started(cwd)
  const ask = async (path: string, body?: object, token = 'a-token-for-the-desk') => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(`http://127.0.0.1:${port}/up${path}`, {
      ...{ method: body ? 'POST' : 'GET', headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, json: () => JSON.parse(text) as any }
  }
  expect((await ask('')).json()).toMatchObject({ pid: up.process.pid, app: 'letters' })
  expect((await ask('', undefined, 'another')).status).toBe(401)
  const scaled = await ask('/scale', { group: 'stamp', processes: 2 })
  expect(scaled.json()).toMatchObject({ faults: [], groups: [{ name: 'stamp', processes: 2 }, {}, {}] })
  const unknown = await ask('/stop', { groups: ['stmap'] })
  expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('Did you mean \\"stamp\\"?') })
  expect((await ask('/stop', { groups: ['stamp'] })).json().groups[0]).toMatchObject({ stopped: true })
  expect((await ask('/logs?lines=5')).text.trim().split('\n')).toHaveLength(5)
  // The process that answers is replaced itself.
  expect((await ask('/restart', { groups: ['serve'] })).status).toBe(200)
  await expect.poll(async () => (await ask('').catch(() => undefined))?.status, within).toBe(200)
  expect((await ask('/down', {})).status).toBe(200)
  expect(await up.ended).toBe(0)
})

it('ends its API though a client follows the log', async () => {
  const port = await freePort()
  const token = 'a-token-for-the-desk'
  const cwd = folder({ 'pipewright.yaml': upFile(`serve: { port: ${port}, token: ${token} }\n`) })
  const up = await started(cwd)
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`http://127.0.0.1:${port}/up/logs?follow=true`, { headers })
  const followed = answer.text()
  // A process that does not end is killed, after 30 seconds.
  const before = performance.now()
  await cli(cwd, 'restart', 'serve')
  expect(await followed).toContain('All processes have come up.')
  expect(performance.now() - before).toBeLessThan(20_000)
  await cli(cwd, 'down')
  expect(await up.ended, up.output()).toBe(0)
})

it('is not steered over an API without a token', async () => {
  const port = await freePort()
  const cwd = folder({ 'pipewright.yaml': upFile(`serve: { port: ${port} }\n`) })
  const up = await started(cwd)
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  expect((await fetch(`http://127.0.0.1:${port}/up`)).status).toBe(404)
  await cli(cwd, 'down')
  expect(await up.ended).toBe(0)
})
