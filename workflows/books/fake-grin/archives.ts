import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveNameOf } from '../barcode.ts'
import { openBook } from '../sample/break.ts'
import type { Member } from '../sample/make-archive.ts'
import { type Content, contentOf } from './archive/content.ts'
import { packed } from './archive/packed.ts'
import type { Catalogue } from './catalogue.ts'
import { madeMembers } from './pages/made-book.ts'
import { digestOf } from './random.ts'

/** The archive of a book as it is served. */
export interface Archive {
  readonly content: Content
  /** Without quotes. */
  readonly etag: string
}

/** Where archives come from. */
export interface ArchivesOptions {
  readonly seed: string
  readonly directory: string
  readonly catalogue: Catalogue
  /** The folder with the archives of the sample. */
  readonly sampleFolder: string
  readonly passphrase: string
  readonly samplePassphrase: string
  readonly pages: number
  readonly bytes: number
}

/** Which archive of a book. */
export interface ArchiveWanted {
  readonly barcode: string
  readonly edition: number
  /** The way in which it is broken, if it is. */
  readonly fault?: string | undefined
}

/** The archives of all books; a made one is in memory only as it goes out. */
export class Archives {
  readonly #options: ArchivesOptions
  /** The samples, which are small. */
  readonly #files = new Map<string, Promise<Buffer>>()
  readonly #members = new Map<string, Promise<readonly Member[]>>()

  constructor(options: ArchivesOptions) {
    this.#options = options
  }

  /** The archive of a book in the catalogue. A sample in good order, and not scanned anew, is the file that ships. */
  async get(wanted: ArchiveWanted): Promise<Archive> {
    const { barcode, edition, fault } = wanted
    const { seed, catalogue, passphrase, samplePassphrase } = this.#options
    const isSample = catalogue.isSample(catalogue.placeOf(barcode)!)
    if (isSample && fault === undefined && edition === 0) {
      const file = await this.#file(barcode)
      return { content: contentOf(file), etag: createHash('md5').update(file).digest('hex') }
    }
    const members = isSample ? await this.#sampleMembers(barcode) : this.#made(wanted)
    const random = digestOf(seed, barcode, edition, 'seal')
    const sealing = { passphrase: isSample ? samplePassphrase : passphrase, random }
    const content = packed(members, sealing, fault)
    const etag = digestOf(seed, barcode, edition, content.bytes, fault ?? '').toString('hex')
    return { content, etag: etag.slice(0, 32) }
  }

  #made({ barcode, edition }: ArchiveWanted): readonly Member[] {
    const { seed, directory, pages, bytes } = this.#options
    return madeMembers({ seed, directory, barcode, edition, pages, bytes })
  }

  #file(barcode: string): Promise<Buffer> {
    return kept(this.#files, barcode, () => readFile(this.#pathOf(barcode)))
  }

  #sampleMembers(barcode: string): Promise<readonly Member[]> {
    const { samplePassphrase } = this.#options
    return kept(this.#members, barcode, () => openBook(this.#pathOf(barcode), samplePassphrase))
  }

  #pathOf(barcode: string): string {
    return join(this.#options.sampleFolder, archiveNameOf(barcode))
  }
}

function kept<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key) ?? make()
  map.set(key, known)
  return known
}
