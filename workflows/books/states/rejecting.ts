import { state } from 'pipewright'
import * as z from 'zod'
import { Book } from './book.ts'
import { Reason } from './reason.ts'

/** Turned down, with a note why; its files are still to be removed. */
export const Rejecting = state('Rejecting', Book.extend({ reason: Reason, note: z.string() }))
