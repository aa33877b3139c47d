import { randomBytes } from 'node:crypto'
import type { Receipt } from '../../queue/backend.ts'
import type { Change, Fence, Put } from '../../queue/change.ts'
import type { Passage, Toll } from '../../queue/gate.ts'
import type { Wire } from './wire.ts'

const forMs = 3_600_000

/**
 * Sends commits and tolls so that each happens once, although an answer may get lost and it is sent again: a record goes with it that
 * says that it has happened.
 */
export class Sending {
  readonly #wire: Wire
  // Short: each commit leaves a record with it.
  readonly #sender = randomBytes(9).toString('base64url')
  #sent = 0

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** Pays a toll so that it is paid once, although an answer may get lost and it is sent again. */
  async pass(fence: Fence, toll: Toll): Promise<Passage> {
    const once = toll.once ?? this.#nextKey()
    const { passage } = await this.#wire.askAgain<{ passage: Passage }>('pass', {
      fence,
      toll: { ...toll, once },
    })
    return passage
  }

  /** Sends `changes`; what it resolves with is the receipt of the try that was successful. */
  async commit(changes: readonly Change[]): Promise<Receipt> {
    const key = this.#nextKey()
    // Last: of several records that say so, the last counts, and the places of the others stay as they are.
    const own: Put = { kind: 'put', workflow: 'pipewright/http', key, forMs, repeat: true }
    const { receipt } = await this.#wire.askAgain<{ receipt: Receipt }>('commit', {
      changes: [...changes, own],
    })
    const { repeated, record, skipped } = receipt
    return repeated && record !== key ? { repeated, record, skipped } : { repeated: false, skipped }
  }

  #nextKey(): string {
    return `${this.#sender}/${++this.#sent}`
  }
}
