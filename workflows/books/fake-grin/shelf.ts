import type { Catalogue } from './catalogue.ts'
import type { FaultBoard } from './faults/fault-board.ts'
import type { GrinClock } from './grin-clock.ts'
import { fractionOf } from './random.ts'
import type { BookState, Requested, Standing } from './standing.ts'

export interface ShelfOptions {
  readonly seed: string
  readonly catalogue: Catalogue
  readonly faults: FaultBoard
  readonly clock: GrinClock
  /** How many books, from the first one, are converted at the start. */
  readonly converted: number
  /** How long a conversion takes: at least, and at most. */
  readonly conversionMs: readonly [number, number]
  readonly queueLimit: number
}

/** The state of each book; only those are kept with which something has happened. */
export class Shelf {
  readonly #options: ShelfOptions
  readonly #touched = new Map<string, Standing>()
  readonly #inProcess = new Set<string>()
  /** When the first of those in process is done. */
  #nextDueAt = Number.POSITIVE_INFINITY
  readonly #startedAt: number

  constructor(options: ShelfOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
  }

  /** How many books are in process. */
  get queued(): number {
    this.#settle()
    return this.#inProcess.size
  }

  /** Where the book at a place of the catalogue stands. */
  at(place: number): Standing {
    const barcode = this.#options.catalogue.barcodeAt(place)
    this.#settle()
    return this.#touched.get(barcode) ?? this.#untouched(place, barcode)
  }

  /** Where a book stands; undefined when it is not in the catalogue. */
  get(barcode: string): Standing | undefined {
    const place = this.#options.catalogue.placeOf(barcode)
    return place === undefined ? undefined : this.at(place)
  }

  /** Asks for the conversion of books; `full`, and nothing else, when the queue cannot take all of them. */
  request(barcodes: readonly string[]): 'full' | ReadonlyMap<string, Requested> {
    const wanted = [...new Set(barcodes)]
    const become = new Map(wanted.map((barcode) => [barcode, this.#outlook(barcode)]))
    const queued = wanted.filter((barcode) => become.get(barcode) === 'queued')
    if (queued.length > 0 && this.queued + queued.length > this.#options.queueLimit) return 'full'
    for (const barcode of queued) this.put(barcode, 'IN_PROCESS')
    return become
  }

  /** A download of the book's archive has ended. */
  downloaded(barcode: string): void {
    const standing = this.get(barcode)!
    const downloadedAt = this.#options.clock.now()
    this.#set(barcode, { ...standing, state: 'PREVIOUSLY_DOWNLOADED', downloadedAt })
  }

  /** Puts a book into a state, as of now. Throws an `Error` when it is not in the catalogue. */
  put(barcode: string, state: BookState): void {
    const { edition } = this.#known(barcode)
    const { clock } = this.#options
    const now = clock.now()
    const times = {
      NEW: {},
      IN_PROCESS: { dueAt: now + this.#conversionMs(barcode, edition) },
      CONVERTED: { convertedAt: now },
      PREVIOUSLY_DOWNLOADED: { convertedAt: now, downloadedAt: now },
      FAILED: { failedAt: now },
      NOT_AVAILABLE: {},
      LOST: {},
    }
    this.#set(barcode, { state, edition, ...times[state] })
  }

  /** The book was scanned anew: another archive, with another ETag, in the same state. Throws as `put` does. */
  scanAnew(barcode: string): void {
    const standing = this.#known(barcode)
    this.#set(barcode, { ...standing, edition: standing.edition + 1 })
  }

  #known(barcode: string): Standing {
    const standing = this.get(barcode)
    if (!standing) throw new Error(`There is no book ${barcode} in the catalogue.`)
    return standing
  }

  #set(barcode: string, standing: Standing): void {
    this.#touched.set(barcode, standing)
    if (standing.state === 'IN_PROCESS') {
      this.#inProcess.add(barcode)
      this.#nextDueAt = Math.min(this.#nextDueAt, standing.dueAt!)
    } else this.#inProcess.delete(barcode)
  }

  #outlook(barcode: string): Requested {
    const standing = this.get(barcode)
    if (!standing) return 'unknown'
    if (standing.state === 'IN_PROCESS') return 'in-process'
    if (standing.state === 'NOT_AVAILABLE') return 'refused'
    const isThere = standing.state === 'CONVERTED' || standing.state === 'PREVIOUSLY_DOWNLOADED'
    return isThere ? 'converted' : 'queued'
  }

  #untouched(place: number, barcode: string): Standing {
    const { converted, faults } = this.#options
    if (faults.lasts('not-available', barcode)) return { state: 'NOT_AVAILABLE', edition: 0 }
    if (place < converted) return { state: 'CONVERTED', edition: 0, convertedAt: this.#startedAt }
    return { state: 'NEW', edition: 0 }
  }

  #conversionMs(barcode: string, edition: number): number {
    const { conversionMs, seed } = this.#options
    const [least, most] = conversionMs
    return Math.round(least + (most - least) * fractionOf(seed, barcode, edition, 'conversion'))
  }

  /** Ends the conversions that are due. */
  #settle(): void {
    const { clock, faults } = this.#options
    if (clock.now() < this.#nextDueAt) return
    this.#nextDueAt = Number.POSITIVE_INFINITY
    for (const barcode of this.#inProcess) {
      const { dueAt = 0, edition } = this.#touched.get(barcode)!
      if (dueAt > clock.now()) this.#nextDueAt = Math.min(this.#nextDueAt, dueAt)
      else if (faults.lasts('lost', barcode)) this.#set(barcode, { state: 'LOST', edition })
      else if (faults.lasts('conversion-failed', barcode))
        this.#set(barcode, { state: 'FAILED', edition, failedAt: dueAt })
      else this.#set(barcode, { state: 'CONVERTED', edition, convertedAt: dueAt })
    }
  }
}
