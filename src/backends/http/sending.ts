import { randomUUID } from 'node:crypto'
import type { Receipt } from '../../queue/backend.ts'
import type { Change, Put } from '../../queue/change.ts'
import type { Wire } from './wire.ts'

const forMs = 3_600_000

/**
 * Sends commits so that each happens once, although an answer may get lost and it is sent again: a record goes with it that
 * says that it has happened.
 */
export class Sending {
  readonly #wire: Wire
  readonly #sender = randomUUID()
  #sent = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Sends `changes`; what it resolves with is the receipt of the try that was successful. */
  async commit(changes: readonly Change[]): Promise<Receipt> {
    const key = `${this.#sender}/${++this.#sent}`
    // Last: of several records that say so, the last counts, and the places of the others stay as they are.
    const own: Put = { kind: 'put', workflow: 'pipewright/http', key, forMs, repeat: true }
    const { receipt } = await this.#wire.askAgain<{ receipt: Receipt }>('commit', {
      changes: [...changes, own],
    })
    const { repeated, record, skipped } = receipt
    return repeated && record !== key ? { repeated, record, skipped } : { repeated: false, skipped }
  }
}
