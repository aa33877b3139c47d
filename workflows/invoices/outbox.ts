import { join } from 'node:path'
import type { Finished, Infer } from 'pipewright'
import { saveFile } from '../correction/save-file.ts'
import type { Posted, Rejected } from './states.ts'

/**
 * Hands a finished invoice over to the archive, as a file in the folder `outbox`. It is called like the token's key, so that one that is
 * handed over twice is there once.
 */
export async function fileInvoice(
  { id, key, value, finishedAt }: Finished<Infer<typeof Posted> | Infer<typeof Rejected>>,
  { outbox }: { readonly outbox: string },
): Promise<void> {
  const text = JSON.stringify({ id, ...value, finishedAt: new Date(finishedAt).toISOString() })
  await saveFile(join(outbox, `${encodeURIComponent(key)}.json`), Buffer.from(`${text}\n`))
}
