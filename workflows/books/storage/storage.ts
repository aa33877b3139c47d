/** What storage knows of a stored file. */
export interface StoredFile {
  readonly bytes: number
  readonly sha256: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface Upload {
  /** The file to store, by its absolute path. It is not written to any more: storage may give it a second name in place of copying it. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  /** Short ASCII values: the etag and date of the archive, for one. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Where finished books go. A key is a relative path with `/`. */
export interface Storage {
  /** What is stored under a key; undefined when nothing is. */
  head(key: string): Promise<StoredFile | undefined>
  /**
   * Stores a file and verifies it by size and hash. Doing it again with the same bytes and metadata changes nothing
   * (`stored: false`); with others it replaces what is there. `OperationFailed` when what arrived is not what was sent.
   */
  put(key: string, upload: Upload): Promise<{ readonly stored: boolean }>
  /** Removes a key; one that is not there is no error, but a missing right to remove is one (`OperationFailed`). */
  remove(key: string): Promise<void>
}

/** True when storage already has exactly this upload. */
export function isStored(stored: StoredFile | undefined, upload: Upload): boolean {
  if (stored?.bytes !== upload.bytes || stored.sha256 !== upload.sha256) return false
  const wanted = Object.entries(upload.metadata ?? {})
  return (
    wanted.length === Object.keys(stored.metadata).length &&
    wanted.every(([name, value]) => stored.metadata[name] === value)
  )
}
