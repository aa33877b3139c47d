import { once } from 'node:events'
import type { Writable } from 'node:stream'
import * as z from 'zod'
import { howToAsk } from './how-to-ask.ts'
import { readArguments, usage } from './read-arguments.ts'
import { serveFakeGrin } from './serve-fake-grin.ts'

/** Serves a fake GRIN as the arguments of a command line tell, until `signal` aborts. Rejects with a sentence for one that is none. */
export async function runFakeGrin(
  args: readonly string[],
  out: Writable,
  signal: AbortSignal,
): Promise<void> {
  const options = readArguments(args)
  if (options === 'help') {
    out.write(usage)
    return
  }
  const grin = await serveFakeGrin(options).catch((error) =>
    Promise.reject(error instanceof z.ZodError ? new Error(z.prettifyError(error), { cause: error }) : error),
  )
  out.write(howToAsk(grin))
  if (!signal.aborted) await once(signal, 'abort')
  await grin.close()
}
