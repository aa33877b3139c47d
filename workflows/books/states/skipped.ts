import { state } from 'pipewright'
import * as z from 'zod'
import { Book } from './book.ts'

/** Storage has it already, in the version that GRIN offers. */
export const Skipped = state('Skipped', Book.extend({ etag: z.string() }))
