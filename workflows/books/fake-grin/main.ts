import { isNativeError } from 'node:util/types'
import * as z from 'zod'
import { howToAsk } from './how-to-ask.ts'
import { readArguments, usage } from './read-arguments.ts'
import { serveFakeGrin } from './serve-fake-grin.ts'

// A library to try clients with: `npm run grin`, or `npm run grin -- --help`.
try {
  const options = readArguments(process.argv.slice(2))
  process.stdout.write(options === 'help' ? usage : howToAsk(await serveFakeGrin(options)))
} catch (error) {
  if (!isNativeError(error)) throw error
  process.stderr.write(`${error instanceof z.ZodError ? z.prettifyError(error) : error.message}\n`)
  process.exitCode = 1
}
