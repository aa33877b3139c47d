import type { QueueEntry } from './queue-schema.ts'
import { sayTableFault, tableFaultOf } from './table-fault.mjs'

type Named = Pick<QueueEntry, 'name' | 'table'>

/** Lets all other queues go on where the table of one cannot be read, and tells the operator so. */
export class Spare {
  readonly #path: string
  readonly #warn: (message: string) => void

  constructor(path: string, warn: (message: string) => void) {
    this.#path = path
    this.#warn = warn
  }

  /** What `work` on one queue returns; undefined if its table cannot be read. */
  run<T>(entry: Named, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!this.tell(entry, error)) throw error
      return undefined
    }
  }

  /** Whether `error` says that the table of a queue cannot be read; the operator is told if so. */
  tell(entry: Named, error: unknown): boolean {
    const fault = tableFaultOf(error)
    if (fault) this.#warn(sayTableFault(this.#path, entry, fault))
    return fault !== undefined
  }
}
