import { state } from 'pipewright'
import { Book } from './book.ts'

export const ConvertedFields = Book

/** A book whose encrypted archive can be had from the source. */
export const Converted = state('Converted', ConvertedFields)
