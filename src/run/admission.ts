import type { Backend } from '../queue/backend.ts'
import type { Clock } from '../queue/clock.ts'
import { isClosedError, isPipewrightError } from '../queue/errors.ts'
import { faultOf } from '../queue/fault.ts'
import type { InboxEntry } from '../queue/inbox.ts'
import type { Plan } from '../queue/plan.ts'
import { sayBriefly } from '../queue/say-fault.ts'
import { planEntry } from '../queue/write-queue.ts'
import type { Log } from './log.ts'

/** The workflow whose inbox is emptied, and how its entries enter. */
export interface AdmissionParts {
  readonly backend: Backend
  readonly workflow: string
  readonly deploy: number
  readonly clock: Clock
  readonly log: Log
  /** How a token enters: the plan of the queues' input. */
  readonly plan: Plan<any>
}

const pageSize = 200
const againMs = 1000

/**
 * Takes in the entries that other programs have put into the inbox of a workflow, as long as this process works on the
 * workflow or serves it. Each entry enters as if it were pushed, in the commit that deletes it. One that cannot enter is
 * kept as refused, with the reason; but if a newer version of the workflow has been declared, it is left to that one. Of
 * several processes that take in one entry at once, one succeeds.
 */
export class Admission {
  readonly #parts: AdmissionParts
  #isOn = false
  #isRunning = false
  #isWoken = false
  #callOffRetry: (() => void) | undefined

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /** Takes in until the function that is returned is called. */
  begin(): () => void {
    const { backend, workflow } = this.#parts
    const name = backend.inbox?.nameOf(workflow)
    if (name === undefined) return () => {}
    this.#isOn = true
    const unwatch = backend.watch((queue) => {
      if (queue === undefined || queue === name) this.#wake()
    })
    this.#wake()
    return () => {
      this.#isOn = false
      unwatch()
      this.#callOffRetry?.()
    }
  }

  #wake(): void {
    this.#isWoken = true
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      while (this.#isWoken && this.#isOn) {
        this.#isWoken = false
        await this.#takeIn()
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#isRunning = false
    }
  }

  #failed(error: unknown): void {
    const { clock, log, workflow } = this.#parts
    if (!this.#isOn || isClosedError(error)) return
    log.error('The inbox could not be taken in; trying again.', { workflow, error: sayBriefly(error) })
    this.#callOffRetry = clock.after(againMs, () => this.#wake())
  }

  async #takeIn(): Promise<void> {
    const { backend, workflow } = this.#parts
    for (let after = 0; this.#isOn; ) {
      const entries = await backend.inbox!.entries(workflow, { after, limit: pageSize })
      const last = entries.at(-1)
      if (!last) return
      after = last.n
      await Promise.all(entries.map((entry) => this.#take(entry)))
    }
  }

  async #take(entry: InboxEntry): Promise<void> {
    const { backend, deploy, plan } = this.#parts
    const { id, priority } = entry
    try {
      const changes = await planEntry(plan, { id, value: parsedValue(entry), deploy }, { priority })
      await backend.inbox!.admit(entry, changes)
    } catch (error) {
      if (isPipewrightError(error) && error.code === 'backend') throw error
      await this.#refuse(entry, faultOf(error).message)
    }
  }

  async #refuse(entry: InboxEntry, why: string): Promise<void> {
    const { backend, deploy, log, workflow } = this.#parts
    const deploys = await backend.deploys(workflow)
    if (deploys.some((each) => each.deploy > deploy)) return
    if (await backend.inbox!.refuse(entry, why))
      log.warn('An entry of the inbox was refused.', { workflow, id: entry.id, error: why })
  }
}

function parsedValue({ id, value, fault }: InboxEntry): unknown {
  if (fault !== undefined) throw new TypeError(fault)
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new SyntaxError(`The value of token "${id}" is no JSON: ${faultOf(error).message}`, {
      cause: error,
    })
  }
}
