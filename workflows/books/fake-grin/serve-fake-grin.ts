import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { fastify } from 'fastify'
import { barcodeOfArchive } from '../barcode.ts'
import { openKeyring } from '../keyring.ts'
import { sampleKeyring } from '../sample/lay-out-sample.ts'
import { Admin } from './admin.ts'
import { Archives } from './archives.ts'
import { Catalogue } from './catalogue.ts'
import { type FakeGrinOptions, refuseOdd } from './fake-grin-options.ts'
import { FaultBoard } from './faults/fault-board.ts'
import { type GrinClock, makeGrinClock } from './grin-clock.ts'
import { Counters } from './requests/counters.ts'
import { Logins } from './requests/logins.ts'
import { Outage } from './requests/outage.ts'
import { addAdminRoutes } from './routes/admin-routes.ts'
import type { Library } from './routes/library.ts'
import { addLibraryRoutes } from './routes/library-routes.ts'
import { movedPrefix } from './routes/refuse.ts'
import { addTokenRoute, tokenPath } from './routes/token-route.ts'
import { Shelf } from './shelf.ts'

/** A fake GRIN that is running. */
export interface FakeGrin {
  /** Without a slash at the end; the library is at `${url}/libraries/${directory}/`. */
  readonly url: string
  readonly directory: string
  readonly admin: Admin
  readonly books: Catalogue
  readonly clock: GrinClock
  /** How to log in; undefined where no login is needed. */
  readonly login: { readonly tokenUrl: string; readonly refreshToken: string } | undefined
  /** That of the made books. */
  readonly passphrase: string
  readonly close: () => Promise<void>
}

const dayMs = 86_400_000
const sampleFolder = fileURLToPath(new URL('../sample/', import.meta.url))

/** Serves a fake GRIN on 127.0.0.1. Throws a `RangeError` for a name or for books that cannot be, a `ZodError` for an unknown fault, and what `listen` throws. */
export async function serveFakeGrin(options: FakeGrinOptions = {}): Promise<FakeGrin> {
  const { seed = 'grin', directory = 'PRNC', books = {}, auth } = options
  const clock = makeGrinClock(options.clock ?? 'real')
  const samplePassphrase = (await openKeyring({ file: sampleKeyring, shared: true })).passphrase('sample')
  const samples = books.sample === false ? [] : await sampleBarcodes()
  const { passphrase = samplePassphrase } = options
  const { pages = 12, bytes = 0 } = books.made ?? {}
  refuseOdd(directory, { pages, bytes })
  const catalogue = new Catalogue({ samples, made: books.made?.count ?? 0 })
  const faults = new FaultBoard(seed, options.faults ?? [])
  const { conversionMs = [7 * dayMs, 14 * dayMs] } = options
  const shelf = new Shelf({
    seed,
    catalogue,
    faults,
    clock,
    converted: books.converted ?? 0,
    conversionMs: typeof conversionMs === 'number' ? [conversionMs, conversionMs] : conversionMs,
    queueLimit: options.queueLimit ?? 50_000,
  })
  const library: Library = {
    seed,
    directory,
    catalogue,
    shelf,
    faults,
    archives: new Archives({
      seed,
      directory,
      catalogue,
      sampleFolder,
      samplePassphrase,
      passphrase,
      pages,
      bytes,
    }),
    counters: new Counters(clock),
    logins: auth && new Logins(seed, clock, auth.tokenMs ?? 3_600_000),
    outage: new Outage(),
    hasRanges: options.hasRanges ?? true,
  }
  const admin = new Admin({ ...library, clock })
  const server = fastify({
    forceCloseConnections: true,
    bodyLimit: 4 * 2 ** 20,
    rewriteUrl: ({ url = '/' }) => (url.startsWith(`${movedPrefix}/`) ? url.slice(movedPrefix.length) : url),
  })
  addLibraryRoutes(server, library)
  addAdminRoutes(server, admin)
  const { logins } = library
  if (logins) addTokenRoute(server, logins)
  const url = await server.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  return {
    url,
    directory,
    admin,
    books: catalogue,
    clock,
    passphrase,
    login: logins && { tokenUrl: `${url}${tokenPath}`, refreshToken: logins.refreshToken },
    close: () => server.close(),
  }
}

async function sampleBarcodes(): Promise<string[]> {
  return (await readdir(sampleFolder)).flatMap((name) => barcodeOfArchive(name) ?? []).sort()
}
