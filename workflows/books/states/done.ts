import { state } from 'pipewright'
import * as z from 'zod'
import { About, Book, StoredFile } from './book.ts'

/** In storage, exported, and nothing of it left in the processing bucket. */
export const Done = state(
  'Done',
  Book.extend({
    etag: z.string(),
    /** The sha256 of the decrypted tarball, as it came. */
    decrypted_sha256: z.string(),
    pages: z.number().int(),
    /** What was odd about the end of the archive, though nothing of the package was missing. */
    oddity: z.string().optional(),
    about: About,
    stored: z.array(StoredFile),
    stored_at: z.string(),
  }),
)
