import * as z from 'zod'
import { state } from '../../../src/index.ts'
import { StoredFile } from './book.ts'
import { ModifiedFields } from './modified.ts'

export const UploadedFields = ModifiedFields.extend({ stored: z.array(StoredFile) })

/** Storage has it, verified by size and hash. */
export const Uploaded = state('Uploaded', UploadedFields)
