/** An archive that was fetched. */
export interface Fetched {
  readonly bytes: number
  readonly sha256: string
  /** What the source calls this version of the archive. */
  readonly etag: string
  /** When the archive was made, as an ISO time. */
  readonly date: string
}

/** How an archive is fetched. */
export interface Fetching {
  /** The absolute path of the file to make. It is there only when it is whole and on disk. */
  readonly target: string
  readonly signal: AbortSignal
  /** Called with the part of it that is there, from 0 to 1. */
  readonly progress: (fraction: number) => void
}

/** Where encrypted archives come from. */
export interface Source {
  /** The barcodes of all archives that can be had now. */
  readonly barcodes: () => AsyncIterable<string>
  /** Fetches the archive of a book; `MissingFile` if it cannot be had. */
  readonly fetch: (barcode: string, fetching: Fetching) => Promise<Fetched>
}
