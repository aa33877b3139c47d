import { state } from 'pipewright'
import { Book } from './book.ts'

/** GRIN offers no archive of it: its conversion has to be asked for. */
export const Unconverted = state('Unconverted', Book)
