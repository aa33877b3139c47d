import { state } from 'pipewright'
import * as z from 'zod'
import { Book } from './book.ts'

/** The version of its archive that the source has offered: what it calls it, its size, and when it was made (ISO). */
export const Offered = z.object({ etag: z.string(), bytes: z.number().int(), date: z.string() })

export const ConvertedFields = Book.extend({ offered: Offered.optional() })

/** A book whose encrypted archive can be had from the source. */
export const Converted = state('Converted', ConvertedFields)
