/** What is in the catalogue. */
export interface CatalogueOptions {
  readonly samples: readonly string[]
  /** How many made books follow them; at most ten million. */
  readonly made: number
}

const prefix = '3210190'
const digits = 7
const most = 10 ** digits

/** The barcodes of all books in their order: the samples, then a range of made ones, which takes no memory. */
export class Catalogue {
  readonly #samples: readonly string[]
  readonly #made: number

  /** Throws a `RangeError` for a number of books that cannot be. */
  constructor({ samples, made }: CatalogueOptions) {
    if (!Number.isInteger(made) || made < 0 || made > most)
      throw new RangeError(`There can be from 0 to ${most} made books, not ${made}.`)
    this.#samples = samples
    this.#made = made
  }

  get count(): number {
    return this.#samples.length + this.#made
  }

  /** The barcode of the book at a place, from 0 up to, but not, `count`. */
  barcodeAt(place: number): string {
    return this.#samples[place] ?? `${prefix}${String(place - this.#samples.length).padStart(digits, '0')}`
  }

  /** Where the book is; undefined when there is none of that barcode. */
  placeOf(barcode: string): number | undefined {
    const sample = this.#samples.indexOf(barcode)
    if (sample >= 0) return sample
    if (barcode.length !== prefix.length + digits || !barcode.startsWith(prefix)) return undefined
    const number = barcode.slice(prefix.length)
    if (!/^\d+$/.test(number) || Number(number) >= this.#made) return undefined
    return this.#samples.length + Number(number)
  }

  /** Whether the book at a place is one of the sample. */
  isSample(place: number): boolean {
    return place < this.#samples.length
  }

  /** All barcodes in their order. */
  *barcodes(): Generator<string> {
    for (let place = 0; place < this.count; place++) yield this.barcodeAt(place)
  }
}
