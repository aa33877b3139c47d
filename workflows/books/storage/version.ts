/*
 * A version of a book takes the place of an earlier one only when all of it is in storage: its files are put beside
 * those of the earlier one first, as `<key>.incoming`, and then moved. A process that dies in between has changed
 * nothing, or goes on with moving; what is turned down or cancelled before leaves the earlier version as it was.
 */
import { isStored, type Storage, type Upload } from './storage.ts'

const suffix = '.incoming'

/** A book has at most these in storage. */
function keysOf(barcode: string): string[] {
  return ['.tar.gz', '_ocr.jsonl.gz', '_metadata.json'].map((end) => `${barcode}/${barcode}${end}`)
}

/** Stores the files of a version by their keys, and removes what the earlier one had more. */
export async function storeVersion(
  storage: Storage,
  barcode: string,
  files: ReadonlyMap<string, Upload>,
  each: (key: string) => void,
): Promise<void> {
  const waiting = new Map<string, Upload>()
  for (const [key, upload] of files) {
    if (!isStored(await storage.head(key), upload)) {
      await storage.put(key + suffix, upload)
      waiting.set(key, upload)
    }
    each(key)
  }
  for (const [key, upload] of waiting) await storage.move(key + suffix, key, upload)
  for (const key of keysOf(barcode)) {
    if (!files.has(key)) await storage.remove(key)
    // What was moved just now is there no more; of an attempt that died something may be.
    if (!waiting.has(key)) await storage.remove(key + suffix)
  }
}

/** Removes what a version that is given up has put into storage; what was stored before stays. */
export async function dropIncoming(storage: Storage, barcode: string): Promise<void> {
  for (const key of keysOf(barcode)) await storage.remove(key + suffix)
}
