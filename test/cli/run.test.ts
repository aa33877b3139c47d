import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { expect, inject, it, vi } from 'vitest'
import { built } from './built.ts'
import { cli, folder, isAlive, letters, logged, stamped, start } from './rig.ts'

// Processes start slowly on a machine that has other things to do.
vi.setConfig({ testTimeout: 90_000 })
const within = { timeout: 60_000, interval: 20 }

it('logs at the given level, in all its processes', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [a, odd]' })
  const args = [built.letters, '--config', 'c.yaml', '--until-idle', '--json', '--log-level']
  const quiet = start(built.main, cwd, 'run', ...args, 'warn')
  expect(await quiet.ended).toBe(0)
  expect(new Set(logged(quiet.output()).map(({ level }) => level))).toEqual(new Set(['warn']))
  await cli(cwd, 'seed', letters, '--ids', 'b')
  const loud = start(built.main, cwd, 'run', ...args, 'debug')
  expect(await loud.ended).toBe(0)
  expect(logged(loud.output())).toContainEqual(expect.objectContaining({ level: 'debug', process: 'worker' }))
})

it('runs a TypeScript app in processes of their own until nothing waits for a machine', async () => {
  const app = readFileSync(letters, 'utf8')
    .replace('../../../src/backends/sqlite/index.ts', 'pipewright/sqlite')
    .replace('../../../src/index.ts', 'pipewright')
  const cwd = folder({ 'c.yaml': 'ids: [a, b, odd1]', 'letters.ts': app })
  // As for a user, the package is JavaScript: only the app is TypeScript.
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(inject('built'), join(cwd, 'node_modules/pipewright'))
  symlinkSync(resolve('node_modules/zod'), join(cwd, 'node_modules/zod'))
  const run = start(
    built.main,
    cwd,
    'run',
    'letters.ts',
    '--config',
    'c.yaml',
    '--until-idle',
    '--workers',
    '2',
  )
  expect(await run.ended).toBe(0)
  expect(run.output()).toContain('2 finished, 1 in review, 0 dead')
  expect(run.output()).toMatch(/\d\d:\d\d:\d\d worker-\d info Stamped\. .*id=a/)
  const ran = stamped(cwd).map(({ pid }) => pid)
  expect(ran).not.toContain(run.process.pid)
  expect(ran.filter(isAlive)).toEqual([])
})

it('serves an app without desks where it is asked to, and says else that it does not', async () => {
  const cwd = folder({ 'c.yaml': 'served: false' })
  const output = async (...options: string[]) => {
    const run = start(
      built.main,
      cwd,
      'run',
      built.documents,
      '--config',
      'c.yaml',
      '--until-idle',
      ...options,
    )
    expect(await run.ended, run.output()).toBe(0)
    return run.output()
  }
  expect(await output('--port', '0')).toContain('serve info The review API listens.')
  expect(await output()).toContain('No API is served: the app has no desks. `--port N`')
})

it('starts a worker again that was killed, and loses nothing', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [crash, a, b, c]' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml', '--until-idle', '--json')
  expect(await run.ended).toBe(0)
  const crashed = logged(run.output()).filter(({ message }) =>
    message.startsWith('A process ended unexpectedly'),
  )
  expect(crashed.map(({ fields }) => fields)).toMatchObject([{ name: 'worker', how: 'was ended by SIGKILL' }])
  expect(stamped(cwd).filter(({ id }) => id === 'crash')).toHaveLength(2)
  expect(JSON.parse(run.output().trim().split('\n').at(-1)!)).toMatchObject({ finished: 4, dead: 0 })
})

it('takes a Ctrl-C that comes twice at once, as under npm, for one wish, and gives back what runs', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [slow]' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml')
  await expect.poll(() => stamped(cwd), within).toHaveLength(1)
  let isAsked = false
  run.process.stderr!.on('data', () => {
    if (isAsked || !run.output().includes('Ending')) return
    isAsked = run.process.kill('SIGINT')
  })
  process.kill(-run.process.pid!, 'SIGINT')
  expect(await run.ended).toBe(0)
  expect(isAsked).toBe(true)
  expect(stamped(cwd).filter(({ pid }) => isAlive(pid))).toEqual([])
  const token = JSON.parse((await cli(cwd, 'token', 'slow', '--json')).out)
  expect(token.row).toMatchObject({ status: 'ready', attempts: 0, crashes: 0, suspect: false })
})

it('ends at once, with its children, at the second signal', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [busy]' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml')
  await expect.poll(() => stamped(cwd), within).toHaveLength(1)
  process.kill(run.process.pid!, 'SIGTERM')
  await expect.poll(run.output, within).toContain('Ending')
  // A handler that lets nothing else run cannot be waited for.
  const impatience = setInterval(() => run.process.kill('SIGTERM'), 100)
  expect(await run.ended).toBe(130)
  clearInterval(impatience)
  await expect.poll(() => stamped(cwd).filter(({ pid }) => isAlive(pid)), within).toEqual([])
})

it('gives back at the second signal what it would have waited for', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [late]' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml')
  const row = async () => JSON.parse((await cli(cwd, 'token', 'late', '--json')).out || '{}').row
  await expect.poll(row, within).toMatchObject({ status: 'leased', hop: 2 })
  process.kill(run.process.pid!, 'SIGINT')
  await expect.poll(run.output, within).toContain('Ending')
  const impatience = setInterval(() => run.process.kill('SIGINT'), 600)
  expect(await run.ended).toBe(130)
  clearInterval(impatience)
  expect(await row()).toMatchObject({ status: 'ready', attempts: 0, crashes: 0, suspect: false })
})

it('ends with exit code 3 if tokens are dead when it is idle', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [a, lost]' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml', '--until-idle')
  expect(await run.ended).toBe(3)
  expect(run.output()).toContain('1 finished, 0 in review, 1 dead')
  expect(run.output()).toContain('error: 1 token is dead: 1 in letters/send; look at one with')
})

it('fails when it is idle and its API has not come up', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const cwd = folder()
  const run = start(built.main, cwd, 'run', built.letters, '--until-idle', '--port', String(port))
  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('error: Process serve ended with exit code 1, for the fifth time')
  taken.close()
})

it('takes its children along when it is killed', async () => {
  const cwd = folder({ 'c.yaml': 'ids: [a]' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml', '--json')
  const url = () =>
    logged(run.output())
      .map(({ fields: { url } }) => url)
      .find(Boolean) as string
  await expect.poll(url, within).toBeDefined()
  await expect.poll(() => stamped(cwd), within).toHaveLength(1)
  expect((await fetch(`${url()}/health`)).status).toBe(200)
  process.kill(run.process.pid!, 'SIGKILL')
  expect(await run.ended).toBe('SIGKILL')
  await expect.poll(() => stamped(cwd).filter(({ pid }) => isAlive(pid)), within).toEqual([])
  await expect
    .poll(
      () =>
        fetch(url()).then(
          () => 'answers',
          () => 'gone',
        ),
      within,
    )
    .toBe('gone')
})

it('lets one process work at chosen stages, and leaves at once when idle', async () => {
  const cwd = folder()
  await cli(cwd, 'seed', letters, '--ids', 'a')
  const work = start(built.main, cwd, 'work', built.letters, '--only', 'send', '--json')
  await expect.poll(() => logged(work.output()), within).toMatchObject([{ fields: { workers: 'send' } }])
  const askedAt = performance.now()
  process.kill(work.process.pid!, 'SIGTERM')
  expect(await work.ended).toBe(0)
  expect(performance.now() - askedAt).toBeLessThan(3000)
  expect(stamped(cwd)).toEqual([])
})

it('gives the functions of an app the queue that their tokens came from, in the given database', async () => {
  const cwd = folder()
  const run = start(built.main, cwd, 'run', built.documents, '--db', 'other.db', '--until-idle', '--json')
  expect(await run.ended).toBe(0)
  expect(JSON.parse(run.output().trim().split('\n').at(-1)!)).toMatchObject({ finished: 4, dead: 0 })
  expect(JSON.parse((await cli(cwd, 'token', 'd.2', '--db', 'other.db', '--json')).out)).toMatchObject({
    ...{ parent: 'd', queue: 'documents/output' },
  })
  expect(existsSync(join(cwd, 'own.db'))).toBe(false)
})

it('serves an app under the names and to the pages that it lists', async () => {
  const serve = start(built.main, folder(), 'serve', built.documents, '--json')
  const url = () => logged(serve.output()).find(({ fields }) => fields['url'])?.fields['url'] as string
  await expect.poll(url, within).toBeDefined()
  const ask = (host: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { host, origin: 'https://desk.example.org', authorization: 'Bearer secret' }
      request(`${url()}/reviews`, { headers }, resolve).on('error', reject).end()
    })
  const { statusCode, headers } = await ask('desk.example.org')
  expect(statusCode).toBe(200)
  expect(headers['access-control-allow-origin']).toBe('https://desk.example.org')
  expect((await ask('other.example.org')).statusCode).toBe(403)
})

it('says in a sentence why it cannot run, before anything is started', async () => {
  const cwd = folder({ 'c.yaml': 'ids: 7' })
  const run = start(built.main, cwd, 'run', built.letters, '--config', 'c.yaml')
  expect(await run.ended).toBe(1)
  expect(run.output()).toBe('error: c.yaml:1: "ids": Invalid input: expected array, received number.\n')
})
