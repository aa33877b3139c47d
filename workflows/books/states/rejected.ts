import { state } from 'pipewright'
import * as z from 'zod'
import { Book } from './book.ts'
import { Reason } from './reason.ts'

/** Turned down by a person; nothing of it is left in the processing bucket. */
export const Rejected = state('Rejected', Book.extend({ reason: Reason, note: z.string() }))
