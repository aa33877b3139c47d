import { state } from 'pipewright'
import { Book } from './book.ts'

/** A book that the library wants, whatever GRIN has of it. */
export const Wanted = state('Wanted', Book)
