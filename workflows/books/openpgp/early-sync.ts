import type { FileHandle } from 'node:fs/promises'

const syncEachBytes = 64 * 2 ** 20

/** Has a file written to disk while it grows, so that the sync before the rename finds little left to do. */
export interface EarlySync {
  /** Called with the length of the file so far, in bytes. */
  readonly reached: (bytes: number) => void
  /** Rejects if any of the syncs has failed: the next one of the same file would not say so again. */
  readonly settled: () => Promise<void>
}

/** Makes an `EarlySync` of a file that is empty. */
export function makeEarlySync(file: FileHandle): EarlySync {
  let asked = 0
  let syncing: Promise<void> = Promise.resolve()
  return {
    reached(bytes) {
      if (bytes - asked < syncEachBytes) return
      asked = bytes
      syncing = syncing.then(() => file.datasync())
      syncing.catch(() => undefined)
    },
    settled: () => syncing,
  }
}
