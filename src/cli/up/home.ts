import { createHash } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import { UsageError } from '../../app/usage-error.ts'
import { type HeldLock, holdLock } from '../../backends/sqlite/file/hold-lock.ts'

/*
 * Beside the database is the folder of the `up` that runs on it: `queues.db.up`, which only its owner can enter. It has a lock, which
 * ends with its process; the socket; and a file that says which process that is, and where its socket is. The lock alone decides: what
 * else a killed `up` has left is removed by the next one that gets the lock.
 */

const Notice = z.object({ pid: z.int(), since: z.number(), socket: z.string(), config: z.string() })

/** What an `up` says of itself to others. */
export type Notice = z.output<typeof Notice>

/** The folder that this process has, until it is left. */
export interface Home {
  readonly folder: string
  readonly socket: string
  /** Says to others who is there. */
  readonly announce: (config: string) => void
  readonly leave: () => void
}

// What a socket's address may have, with its end, where that is shortest (macOS).
const longestSocket = 103

/** The folder beside the database at `path`; without one that is a file, a folder of the user by the name of the config. */
export function homeOf(path: string | undefined, config: string): string {
  return path === undefined ? join(stateFolder(), `${hashOf(config)}.up`) : `${realpathSync(path)}.up`
}

/** Takes the folder `home`. Throws a `UsageError` that names the process that has it. */
export function takeHome(home: string): Home {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  // It may be older, or an administrator may have made it.
  if (!lstatSync(home).isDirectory())
    throw new UsageError(`${home} is no folder; remove it, and start again.`)
  chmodSync(home, 0o700)
  const lock = holdLock(join(home, 'lock'))
  if (!lock) throw new UsageError(sayFirst(home))
  chmodSync(join(home, 'lock'), 0o600)
  return inHome(home, lock)
}

function inHome(home: string, lock: HeldLock): Home {
  const notice = join(home, 'up.json')
  const left = readNotice(home)
  for (const path of [notice, join(home, 'socket')]) rmSync(path, { force: true })
  if (left && isOurTemporary(left.socket)) rmSync(dirname(left.socket), { recursive: true, force: true })
  const near = join(home, 'socket')
  const isLong = Buffer.byteLength(near) > longestSocket
  const socket = isLong ? join(mkdtempSync(join(tmpdir(), 'pipewright-up-')), 'socket') : near
  return {
    folder: home,
    socket,
    announce(config) {
      const said: Notice = { pid: process.pid, since: Date.now(), socket, config }
      writeFileSync(`${notice}.new`, JSON.stringify(said), { mode: 0o600 })
      renameSync(`${notice}.new`, notice)
    },
    leave() {
      rmSync(notice, { force: true })
      rmSync(isLong ? dirname(socket) : socket, { recursive: true, force: true })
      lock.release()
    },
  }
}

function isOurTemporary(socket: string): boolean {
  return dirname(socket).startsWith(join(tmpdir(), 'pipewright-up-'))
}

/** What the `up` in the folder `home` says of itself; undefined if there was none, or it has left. */
export function readNotice(home: string): Notice | undefined {
  try {
    return Notice.parse(JSON.parse(readFileSync(join(home, 'up.json'), 'utf8')))
  } catch {
    return undefined
  }
}

function sayFirst(home: string): string {
  const first = readNotice(home)
  const who = first
    ? `process ${first.pid}, since ${new Date(first.since).toISOString()}, with ${first.config}`
    : 'a process that is just starting or ending'
  const what = 'look at it with `pipewright ps`, end it with `pipewright down`'
  return `Another \`pipewright up\` runs on this database: ${who}; ${what}.`
}

/** Remembers for commands of this user that the `up` with `config` is in the folder `home`. */
export function rememberHome(config: string, home: string): void {
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 })
  writeFileSync(memoryOf(config), JSON.stringify({ home, config: resolve(config) }), { mode: 0o600 })
}

/** The folder of the `up` that this user has started last with `config`; undefined if none was. */
export function recallHome(config: string): string | undefined {
  try {
    return z.object({ home: z.string() }).parse(JSON.parse(readFileSync(memoryOf(config), 'utf8'))).home
  } catch {
    return undefined
  }
}

function memoryOf(config: string): string {
  return join(stateFolder(), `${hashOf(config)}.json`)
}

function hashOf(config: string): string {
  return createHash('sha256').update(resolve(config)).digest('hex').slice(0, 32)
}

function stateFolder(): string {
  const { XDG_STATE_HOME: told } = process.env
  return join(told?.startsWith('/') ? told : join(homedir(), '.local/state'), 'pipewright/up')
}
