import { state } from 'pipewright'
import * as z from 'zod'
import { StoredFile } from './book.ts'
import { ModifiedFields } from './modified.ts'

export const UploadedFields = ModifiedFields.extend({
  stored: z.array(StoredFile),
  /** When all of it was there, as an ISO time. */
  stored_at: z.string(),
})

/** Storage has it, verified by size and hash. */
export const Uploaded = state('Uploaded', UploadedFields)
