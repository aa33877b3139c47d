import { isOf } from '../queue/thrown.mjs'
import { abandon } from '../run/abandon.ts'
import type { Log } from '../run/log.ts'
import type { Reader } from '../run/reader.ts'
import { isPromised } from '../schema/schema.ts'

/** What has messages in hand, and where it is told what could not be answered. */
interface Answering {
  readonly reader: Reader<any, any>
  readonly log: Log
}

/**
 * `artifact`, which, if it is a function that is run with a signal and rejects, first answers what `reader` has in hand.
 * Where it runs more than once at a time, what is in hand may be another run's, and the last to end sees to it; what is
 * no such function stays as it is.
 */
export function answering<Artifact>(artifact: Artifact, { reader, log }: Answering): Artifact {
  if (typeof artifact !== 'function') return artifact
  let running = 0
  return new Proxy(artifact, {
    apply(run, self, args) {
      const result: unknown = Reflect.apply(run, self, args)
      const [signal] = args
      if (!isOf(signal, 'AbortSignal') || !isPromised(result)) return result
      running++
      return watch(Promise.resolve(result), signal)
    },
  })

  async function watch(result: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    try {
      return await result
    } catch (error) {
      if (running === 1) await abandon(reader, error, { isStopped: signal.aborted, log })
      throw error
    } finally {
      running--
    }
  }
}
