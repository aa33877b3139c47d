import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Receipt } from '../../queue/backend.ts'
import type { Change, Put } from '../../queue/change.ts'
import { UnansweredError } from './wire.ts'

const pausesMs = [50, 250, 1000]
/** Later a caller has better things to do than to wait for this answer. */
const withinMs = 5000
const forMs = 3_600_000

/**
 * Sends commits so that each happens once, although an answer may get lost: a record goes with it that says that it has
 * happened, and what was not answered is sent again, for some seconds.
 */
export class Sending {
  readonly #send: (changes: readonly Change[]) => Promise<Receipt>
  readonly #sender = randomUUID()
  #sent = 0

  constructor(send: (changes: readonly Change[]) => Promise<Receipt>) {
    this.#send = send
  }

  /** Sends `changes`; what it resolves with is the receipt of the try that was successful. */
  async commit(changes: readonly Change[]): Promise<Receipt> {
    const key = `${this.#sender}/${++this.#sent}`
    // Last: of several records that say so, the last counts, and the places of the others stay as they are.
    const own: Put = { kind: 'put', workflow: 'pipewright/http', key, forMs, repeat: true }
    const { repeated, record, skipped } = await this.#again([...changes, own])
    return { ...(repeated && record !== key ? { repeated, record } : { repeated: false }), skipped }
  }

  async #again(changes: readonly Change[]): Promise<Receipt> {
    const startedAt = performance.now()
    for (const pauseMs of pausesMs) {
      try {
        return await this.#send(changes)
      } catch (error) {
        if (!(error instanceof UnansweredError) || performance.now() - startedAt > withinMs) throw error
        await setTimeout(pauseMs)
      }
    }
    return this.#send(changes)
  }
}
