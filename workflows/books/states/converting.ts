import { state } from 'pipewright'
import * as z from 'zod'
import { Book } from './book.ts'

export const ConvertingFields = Book.extend({
  /** When its conversion was asked for, as an ISO time. */
  requested_at: z.string(),
})

/** Its conversion was asked for, which takes one to two weeks. */
export const Converting = state('Converting', ConvertingFields)
