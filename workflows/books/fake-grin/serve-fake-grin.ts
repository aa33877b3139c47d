import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { fastify } from 'fastify'
import { barcodeOfArchive } from '../barcode.ts'
import { openKeyring } from '../keyring.ts'
import { sampleKeyring } from '../sample/lay-out-sample.ts'
import { Admin } from './admin.ts'
import { Archives } from './archives.ts'
import { Catalogue } from './catalogue.ts'
import type { FaultRule } from './faults/fault.ts'
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

/** Books that are made up as they are asked for. */
interface MadeBooks {
  readonly count: number
  /** Of each; 12 unless told, at least 3. */
  readonly pages?: number
  /** About how many bytes the archive of each has; at least, and unless told, about 6 KiB a page. */
  readonly bytes?: number
}

/** How a fake GRIN is. */
export interface FakeGrinOptions {
  /** Everything that looks like chance comes from it; `grin` unless told. */
  readonly seed?: string
  /** The name of the library in URLs, letters and digits, case-sensitive; `PRNC` unless told. */
  readonly directory?: string
  /** The port of 127.0.0.1; a free one unless told. */
  readonly port?: number
  readonly books?: {
    /** Whether the books of the sample are there; they are unless told. */
    readonly sample?: boolean
    /** None unless told. */
    readonly made?: MadeBooks
    /** How many books, from the first one, are converted at the start; none unless told. */
    readonly converted?: number
  }
  /** That of the made books; that of the sample unless told. */
  readonly passphrase?: string
  /** How long a conversion takes in milliseconds, or at least and at most; 7 to 14 days unless told. */
  readonly conversionMs?: number | readonly [number, number]
  /** How many books can be in process; 50,000 unless told. */
  readonly queueLimit?: number
  /** Whether an archive can be had from some byte on; it can unless told. */
  readonly hasRanges?: boolean
  /** Requests need a login, whose tokens are good for so long: an hour unless told. No login is needed unless this is. */
  readonly auth?: { readonly tokenMs?: number }
  readonly faults?: readonly FaultRule[]
  /** That of this machine, one that only `advance` moves, or one to follow; `real` unless told. */
  readonly clock?: 'real' | 'manual' | { now(): number }
}

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
  readonly close: () => Promise<void>
}

const dayMs = 86_400_000
/** A packet of OpenPGP has at most 4 GiB. */
const mostBytes = 4_000_000_000
const sampleFolder = fileURLToPath(new URL('../sample/', import.meta.url))

/** Serves a fake GRIN on 127.0.0.1. Throws a `RangeError` for a name or for books that cannot be, a `ZodError` for an unknown fault, and what `listen` throws. */
export async function serveFakeGrin(options: FakeGrinOptions = {}): Promise<FakeGrin> {
  const { seed = 'grin', directory = 'PRNC', books = {}, auth } = options
  const clock = makeGrinClock(options.clock ?? 'real')
  const samplePassphrase = (await openKeyring({ file: sampleKeyring, shared: true })).passphrase('sample')
  const samples = books.sample === false ? [] : await sampleBarcodes()
  const { pages = 12, bytes = 0 } = books.made ?? {}
  refuseOdd(directory, pages, bytes)
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
      passphrase: options.passphrase ?? samplePassphrase,
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
    login: logins && { tokenUrl: `${url}${tokenPath}`, refreshToken: logins.refreshToken },
    close: () => server.close(),
  }
}

function refuseOdd(directory: string, pages: number, bytes: number): void {
  if (!/^[A-Za-z0-9]+$/.test(directory))
    throw new RangeError(`The name of a library has letters and digits only, unlike "${directory}".`)
  if (!Number.isInteger(pages) || pages < 3 || pages > 9999)
    throw new RangeError(`A made book has from 3 to 9,999 pages, not ${pages}.`)
  if (!(bytes >= 0 && bytes <= mostBytes))
    throw new RangeError(`The archive of a made book has from 0 to ${mostBytes} bytes, not ${bytes}.`)
}

async function sampleBarcodes(): Promise<string[]> {
  return (await readdir(sampleFolder)).flatMap((name) => barcodeOfArchive(name) ?? []).sort()
}
