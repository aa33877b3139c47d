import { hostname } from 'node:os'
import { isClosedError } from '../../queue/errors.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import type { Json } from '../../schema/json.ts'
import type { Runtime } from '../runtime.ts'
import { type ProcessFacts, processKey } from './processes.ts'

const everyMs = 10_000
/** Two beats may be lost, or late. */
const forMs = 3.5 * everyMs

/** What a process says of itself beside what every process knows. */
export type Told = Pick<ProcessFacts, 'name' | 'stages'>

/**
 * Says every ten seconds that this process works on `stages`, by a record that ends soon after the last beat. Returns a function
 * that ends it, and resolves when the record is gone, or could not be dropped. A beat that fails is logged; the next is tried.
 */
export function beat(runtime: Runtime, { name, stages }: Told): () => Promise<void> {
  const { backend, workflow, owner, deploy, clock, log } = runtime
  const at = { workflow, key: processKey(owner) }
  const facts: ProcessFacts = {
    ...{ host: hostname(), pid: process.pid, deploy, startedAt: clock.now(), stages },
    ...(name !== undefined && { name }),
  }
  let cancel = () => {}
  let hasEnded = false
  let last = tell()
  return end

  async function tell(): Promise<void> {
    cancel = clock.after(everyMs, () => {
      last = tell()
    })
    try {
      await backend.commit([{ kind: 'put', ...at, value: facts as unknown as Json, forMs }])
    } catch (error) {
      if (hasEnded || isClosedError(error)) return cancel()
      log.warn('It could not be recorded that this process works.', { error: sayBriefly(error) })
    }
  }

  async function end(): Promise<void> {
    hasEnded = true
    await last
    cancel()
    // Else it is forgotten when its time is over.
    await backend.commit([{ kind: 'drop', ...at }]).catch(() => {})
  }
}
