import { builtFile } from '../built.ts'

/** The CLI and its test apps as plain JavaScript. */
export const built = {
  main: builtFile('src/cli/main.ts'),
  letters: builtFile('test/cli/fixtures/letters.ts'),
  documents: builtFile('test/cli/fixtures/documents.ts'),
  byHand: builtFile('test/cli/fixtures/by-hand.ts'),
  inBatches: builtFile('test/cli/fixtures/in-batches.ts'),
  renaming: builtFile('test/cli/fixtures/renaming.ts'),
  delivering: builtFile('test/cli/fixtures/delivering.ts'),
  ticking: builtFile('test/cli/fixtures/ticking.ts'),
  fed: builtFile('test/cli/fixtures/fed.ts'),
}
