import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { folder, logged, type Started, start } from '../../cli/rig.ts'
import { compiled } from '../compiled.ts'
import { figure } from '../figures.ts'
import { smallDisk } from './small-disk.ts'
import { tellRelief } from './tell-relief.ts'
import { tool } from './tools.ts'

// The commands where the disk or the files of the machine are at an end. How each protection was taken out once, in a
// copy, to see this fail:
// - the supervisor: `child.pid === undefined` in `child.ts` not looked at: it ends with a stack;
// - `isShortage` there never true: it gives up after five times.

const within = { timeout: 30_000, interval: 20 }
const oneLine = /^error: The [^\n]+\.\n$/

it('says in one line that a file system is read-only, and goes on when it is not', {
  timeout: 120_000,
}, async () => {
  const disk = smallDisk(8)
  const run = async (...args: readonly string[]) => {
    const { ended, output } = start(compiled.cli, disk.folder, ...args)
    return { code: await ended, output: output() }
  }
  expect(await run('seed', compiled.notes, '--ids', 'n1')).toMatchObject({ code: 0 })
  disk.readOnly(true)
  const refused = []
  for (const command of ['seed --ids n2', 'work', 'serve', 'run', 'status', 'pause notes/look']) {
    const [name, ...args] = command.split(' ')
    const hasApp = name !== 'status' && name !== 'pause'
    refused.push({ command, ...(await run(name!, ...(hasApp ? [compiled.notes] : []), ...args)) })
  }
  disk.readOnly(false)
  const entered = await run('seed', compiled.notes, '--ids', 'n2')

  const isClear = ({ code, output }: { code: number | string; output: string }) =>
    code === 1 && oneLine.test(output) && output.includes('read-only')
  const unclear = refused.filter((one) => !isClear(one)).map(({ command, output }) => `${command}: ${output}`)
  figure(
    'commands on a read-only file system',
    'exit code 1 and one line',
    unclear.join(' ') || 'so',
    unclear.length === 0,
  )
  figure(
    'commands on a read-only file system',
    'work when it is not any more',
    entered.output.trim(),
    entered.code === 0,
  )
})

it('refuses a token with 503 while the disk is full', { timeout: 120_000 }, async () => {
  const disk = smallDisk(8)
  const push = pushing(await serving(disk.folder))
  expect((await push('before')).status).toBe(201)
  disk.fill()
  let refused = await push('full-0')
  for (let n = 1; refused.status === 201; n++) refused = await push(`full-${n}`)
  disk.free()
  const relievedAt = performance.now()
  await vi.waitUntil(async () => (await push('after')).status < 300, within)
  const tookMs = performance.now() - relievedAt
  const told = `${refused.status} ${refused.body.code}: ${refused.body.message}`
  const isClear = /^503 backend: The database .*\.$/.test(told)
  figure('POST /tokens on a full disk', 'refused clearly', told.replace(disk.folder, '...'), isClear)
  tellRelief('POST /tokens on a full disk', tookMs)
})

it('serves again when connections have used up its files', { timeout: 120_000 }, async () => {
  const { url, process } = await serving(folder())
  const push = pushing({ url })
  limitFiles(process, nextFile(process) + 10)
  const sockets = await crowd(url, 40)
  await vi.waitUntil(() => sockets.some(({ closed }) => closed), within)
  for (const socket of sockets) socket.destroy()
  const relievedAt = performance.now()
  await vi.waitUntil(
    () =>
      push('after').then(
        ({ status }) => status < 300,
        () => false,
      ),
    within,
  )
  const tookMs = performance.now() - relievedAt
  tellRelief('serve, too many open files', tookMs)
})

it('starts its processes when it has files for them again', { timeout: 120_000 }, async () => {
  const run = start(compiled.cli, folder(), 'run', compiled.notes, '--json')
  const said = (message: RegExp) => logged(run.output()).filter((line) => message.test(line.message))
  await vi.waitUntil(() => said(/^Working/).length === 1 && said(/listens/).length === 1, within)
  limitFiles(run, 1)
  const [worker] = readChildren(run)
  process.kill(worker!, 'SIGKILL')
  const isShort = ({ fields }: { fields: Record<string, unknown> }) => /EMFILE/.test(String(fields['how']))
  // More often than a process that crashes is started.
  await vi.waitUntil(() => said(/ended unexpectedly/).filter(isShort).length > 5, {
    ...within,
    timeout: 60_000,
  })
  limitFiles(run, 1024)
  const relievedAt = performance.now()
  const workers = () => said(/^Working/).length + said(/listens/).length
  await vi.waitUntil(() => workers() === 3, within)
  const tookMs = performance.now() - relievedAt
  run.process.kill('SIGTERM')
  expect(await run.ended).toBe(0)
  tellRelief('run, too many open files', tookMs)
})

/** Starts the review API in the folder `cwd`. */
async function serving(cwd: string): Promise<{ readonly url: string; readonly process: Started }> {
  const process = start(compiled.cli, cwd, 'serve', compiled.notes, '--json')
  const listens = () => logged(process.output()).find(({ fields }) => fields['url'])
  const line = await vi.waitUntil(listens, within)
  return { url: String(line.fields['url']), process }
}

/** Pushes tokens, each over a connection of its own. */
function pushing({ url }: { readonly url: string }) {
  return async (id: string): Promise<{ status: number; body: any }> => {
    const answer = await fetch(`${url}/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ id, value: { tag: 'Note', text: 'x'.repeat(100_000) }, enter: 'ignore' }),
      signal: AbortSignal.timeout(5000),
    })
    return { status: answer.status, body: await answer.json() }
  }
}

/** Opens connections that say nothing; some of them are refused. */
async function crowd(url: string, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(Number(new URL(url).port), '127.0.0.1'))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(
    sockets.map((socket) =>
      once(
        socket.on('error', () => {}),
        'connect',
      ).catch(() => {}),
    ),
  )
  return sockets
}

/** The number that its next file would get. */
function nextFile({ process: { pid } }: Started): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number))
  return 1 + Math.min(...[...open].filter((n) => !open.has(n + 1)))
}

function limitFiles({ process: { pid } }: Started, count: number): void {
  tool('prlimit', '--pid', String(pid), `--nofile=${count}:`)
}

function readChildren({ process: { pid } }: Started): readonly number[] {
  return tool('ps', '-o', 'pid=', '--ppid', String(pid)).trim().split('\n').map(Number)
}
