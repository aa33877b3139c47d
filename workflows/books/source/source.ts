/** A version of an archive that a source offers. */
interface Version {
  /** What the source calls this version of the archive. */
  readonly etag: string
  readonly bytes: number
  /** When the archive was made, as an ISO time. */
  readonly date: string
}

/** An archive that was fetched. */
export interface Fetched extends Version {
  readonly sha256: string
}

/** How an archive is fetched. */
export interface Fetching {
  /** The absolute path of the file to make. It is there only when it is whole and on disk. */
  readonly target: string
  /** The version that the source is known to offer, if one is. */
  readonly offered?: Version | undefined
  readonly signal: AbortSignal
  /** Resolves when one more request may be made to a source that counts them. */
  readonly pass: () => Promise<void>
  /** Called with the part of it that is there, from 0 to 1. */
  readonly progress: (fraction: number) => void
}

/** Where encrypted archives come from. */
export interface Source {
  /** Fetches the archive of a book; undefined if the source has to be asked for it first, `MissingFile` if it cannot be had at all. */
  readonly fetch: (barcode: string, fetching: Fetching) => Promise<Fetched | undefined>
}
