import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fastify } from 'fastify'
import { afterAll, onTestFinished, TestRunner } from 'vitest'
import { http } from '../../src/backends/http.ts'
import { memory } from '../../src/backends/memory.ts'
import { postgres } from '../../src/backends/postgres/index.ts'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import type { Backend } from '../../src/queue/backend.ts'
import type { Clock } from '../../src/queue/clock.ts'
import { serveBackend } from '../../src/serve/index.ts'
import { postgresUrl, takeSchema } from '../postgres/schemas.ts'
import { on } from './kind.ts'
import { heard } from './quiet.ts'

interface Options {
  readonly clock?: Clock | undefined
  readonly onWarning?: ((message: string) => void) | undefined
}

/** A database, and how a backend on it is opened; many may be at once. */
export interface Place {
  /** What an app, or `--db`, is given. */
  readonly url: string
  /** Where the rows can be looked at with SQL: a file, or the URL of a Postgres. */
  readonly rows: string
  open(options?: Options): Promise<Backend>
  close(): Promise<void>
}

type Open = (options?: Options) => Promise<Backend>

/** By the path that a test has given, if it has. */
const places = new Map<string, Promise<Place>>()
let made = 0

/** An empty backend, which is closed after the test: in memory, if `PIPEWRIGHT_TEST_ON` does not say where. */
export async function openUsual(options: Options = {}): Promise<Backend> {
  if (!on) return usual.memory(options)
  const place = await makePlace(`:${++made}`, options)
  const backend = heard(await place.open(options))
  let ended: Promise<void> | undefined
  const close = () => (ended ??= backend.close().finally(() => place.close()))
  afterwards(close)
  return { ...backend, close }
}

const usual = {
  memory: (options: Options = {}) => Promise.resolve(memory(options.clock ? { clock: options.clock } : {})),
  sqlite: async (options: Options = {}) => placed(await filePlace(), options),
  http: async (options: Options = {}) => {
    const inner: Place = { url: '', rows: '', open: usual.memory, close: async () => {} }
    return placed(await servedPlace(inner, options), options)
  },
} satisfies Record<string, Open>

async function placed(place: Place, options: Options): Promise<Backend> {
  afterwards(() => place.close())
  const backend = await place.open(options)
  afterwards(() => backend.close())
  return backend
}

/** What opens an empty backend of each of these kinds, by their names; or of the one kind that `PIPEWRIGHT_TEST_ON` says. */
export function openersOf(...names: readonly (keyof typeof usual)[]): Readonly<Record<string, Open>> {
  return on ? { [on]: openUsual } : Object.fromEntries(names.map((name) => [name, usual[name]]))
}

/** The backend of the file at `path`, or of what stands for it; all that are opened are closed after the test. */
export async function openAt(path: string, options: Options = {}): Promise<Backend> {
  if (!on) return sqlite(path, options)
  const backend = heard(await (await placeAt(path, options)).open(options))
  afterwards(() => backend.close())
  return backend
}

/** A place for the queues of processes, if it is to be another than a file that the test makes. */
export async function scenePlace(): Promise<Place | undefined> {
  return on && on !== 'sqlite' ? placeAt(`:${++made}`) : undefined
}

/** What an app or a command is given for the database at `path`: the path, if `PIPEWRIGHT_TEST_ON` does not say otherwise. */
export async function urlAt(path: string): Promise<string> {
  return on ? (await placeAt(path)).url : path
}

/** What is at `path`; all that is there is gone after the test. */
function placeAt(path: string, options: Options = {}): Promise<Place> {
  const key = path.startsWith(':') ? path : resolve(path)
  let place = places.get(key)
  if (!place) {
    place = makePlace(key, options)
    places.set(key, place)
    afterwards(async () => {
      places.delete(key)
      await (await place!).close()
    })
  }
  return place
}

async function makePlace(path: string, options: Options): Promise<Place> {
  if (on === 'postgres') return schemaPlace()
  const file = path.startsWith(':') ? await filePlace() : bareFile(path)
  return on === 'http' ? servedPlace(file, options) : file
}

function bareFile(path: string): Place {
  return { url: path, rows: path, open: (options) => sqlite(path, options), close: async () => {} }
}

async function filePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-on-'))
  return {
    ...bareFile(join(folder, 'queues.db')),
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  }
}

function schemaPlace(): Place {
  const schema = takeSchema()
  const url = new URL(postgresUrl())
  url.searchParams.set('schema', schema.name)
  return {
    url: url.href,
    // A test with a clock of its own has no thread that renews leases by another.
    rows: url.href,
    open: (options = {}) =>
      options.clock ? schema.open(options) : postgres(postgresUrl(), { schema: schema.name, ...options }),
    close: () => schema.free(),
  }
}

async function servedPlace(file: Place, { clock }: Options): Promise<Place> {
  const inner = await file.open({ clock })
  const server = fastify({ forceCloseConnections: true })
  await server.register(serveBackend(inner))
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    rows: file.rows,
    open: async (options = {}) => http(url, { clock: options.clock }),
    async close() {
      await server.close()
      await inner.close()
      await file.close()
    },
  }
}

const afterFile: (() => Promise<void>)[] = []

function afterwards(end: () => Promise<void>): void {
  if (TestRunner.getCurrentTest()) onTestFinished(end)
  else afterFile.push(end)
}

/** Has what was opened outside of tests closed after the file. */
export function closeAfterFile(): void {
  afterAll(async () => {
    for (const end of afterFile.splice(0).reverse()) await end()
  })
}
