import { isNativeError } from 'node:util/types'
import { runFakeGrin } from './run-fake-grin.ts'

// A library to try clients with: `npm run grin`, or `npm run grin -- --help`.
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
try {
  await runFakeGrin(process.argv.slice(2), process.stdout, stop.signal)
} catch (error) {
  if (!isNativeError(error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
