import { inject } from 'vitest'
import { builtAt } from './build.ts'

/** The JavaScript of a file of TypeScript that a process of its own is to run, named by its path in this repository. */
export function builtFile(path: string): string {
  return builtAt(inject('built'), path)
}
