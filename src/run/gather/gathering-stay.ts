import type { Change, Put } from '../../queue/change.ts'
import type { Token } from '../../queue/token.ts'
import { checkId } from '../../queue/token-id.ts'
import type { Json } from '../../schema/json.ts'
import type { Runtime } from '../runtime.ts'
import { Rest, type RestingAttempt } from '../work/rest.ts'
import { Batch } from './batch.ts'
import { cancelChildren } from './cancel-children.ts'
import { ChildError } from './child-error.ts'
import type { Child, Gathering } from './gathering.ts'
import {
  type Arrived,
  type FellOut,
  keyOf,
  type Letters,
  nameIn,
  pagesOf,
  type Results,
  resultName,
  resultsOf,
} from './results.ts'

/** What is known of the children of a stay. */
interface Progress {
  /** How many have entered. */
  readonly sent: number
  /** Whether these are all. */
  readonly all: boolean
  /** How many letters have been looked at, the last of them, and the cursor of a page that has it or begins after it. */
  readonly got: number
  readonly seq: number
  readonly after?: string | undefined
}

const none: Progress = { sent: 0, all: false, got: 0, seq: 0 }
const recordKey = 'children'

/** One stay of a token in the queue of a join, during an attempt. */
export class GatheringStay<In> {
  readonly #gathering: Gathering<In, any>
  readonly #attempt: RestingAttempt<In, any>
  readonly #runtime: Runtime
  readonly #letters: Letters
  #progress = none

  constructor(gathering: Gathering<In, any>, attempt: RestingAttempt<In, any>, runtime: Runtime) {
    const { id, hop } = attempt.held.row
    const { backend, workflow } = runtime
    this.#gathering = gathering
    this.#attempt = attempt
    this.#runtime = runtime
    this.#letters = { backend, workflow, id, hop }
  }

  get token() {
    const { signal } = this.#attempt
    return { id: this.#letters.id, signal }
  }

  get isComplete(): boolean {
    const { sent, all, got } = this.#progress
    return all && got >= sent
  }

  /** Reads what earlier attempts have done, and looks at the letters that have come since. Throws a failure that ends all. */
  async look(): Promise<void> {
    // The first lease finds nothing.
    if (this.#attempt.held.row.lease === 1) return
    const { backend, workflow, id, hop } = this.#letters
    const { records } = await backend.records({ workflow, id, hop }, { prefix: recordKey, limit: 1 })
    this.#progress = (records[0]?.value as Progress | undefined) ?? none
    const { failFast } = this.#gathering
    for await (const { letters, next } of pagesOf(this.#letters, this.#progress.after)) {
      const { got, seq, after } = this.#progress
      const fresh = letters.filter((letter) => letter.seq > seq)
      const failed = failFast ? fresh.find(({ failure }) => failure) : undefined
      if (failed) {
        const child = failed.from ?? ''
        const reason = `Its parent has failed: child "${child}" has ended without a result.`
        await cancelChildren(this.#runtime, this.#attempt, reason)
        throw new ChildError(id, child, failed.failure!)
      }
      this.#progress = {
        ...this.#progress,
        got: got + fresh.length,
        seq: fresh.at(-1)?.seq ?? seq,
        // The last page may yet grow, and is begun again.
        after: next ?? after,
      }
    }
  }

  /** Lets children enter, as far as there is room for them. */
  async send(value: In): Promise<void> {
    const { concurrency } = this.#gathering
    if (this.#progress.all || this.#room === 0) return
    let batch = new Batch()
    let index = -1
    for await (const child of this.#gathering.split(value, this.token)) {
      index++
      // Those that have entered, as `split` gives the same again.
      if (index < this.#progress.sent) continue
      batch.add(await this.#entry(child, index))
      const { sent, got } = this.#progress
      const isFull = sent + batch.count - got >= concurrency
      if (batch.isFull || isFull) {
        await this.#commit(batch, false)
        batch = new Batch()
      }
      if (isFull) return
    }
    if (index + 1 < this.#progress.sent)
      throw new TypeError(
        `\`split\` gave ${index + 1} items for token "${this.#letters.id}", and before ${this.#progress.sent}: it has to give the same each time.`,
      )
    await this.#commit(batch, true)
  }

  get #room(): number {
    const { sent, got } = this.#progress
    return Math.max(0, this.#gathering.concurrency - (sent - got))
  }

  async #entry({ suffix, name, value, plan }: Child, index: number): Promise<readonly Change[]> {
    const { workflow, id: parent, hop } = this.#letters
    const { priority } = this.#attempt.held.row
    const id = `${parent}.${hop}.${suffix ?? index}`
    checkId(id)
    const token: Token = { id, hop: 1, frames: [], priority, deploy: this.#runtime.deploy, parent }
    const reply = {
      ...{ workflow, id: parent, hop, name: resultName, key: keyOf(index, name) },
      ...(this.#gathering.failFast || this.#gathering.settles ? { settle: true as const } : {}),
    }
    const changes = await plan(token, value)
    return changes.map((change) =>
      change.kind === 'push' ? { ...change, enter: 'refuse', parentHop: hop, reply } : change,
    )
  }

  // The record beside them belongs to the stay, and `remember` to the lease: a late attempt lets none enter.
  async #commit(batch: Batch, all: boolean): Promise<void> {
    const progress = { ...this.#progress, sent: this.#progress.sent + batch.count, all }
    const { held } = this.#attempt
    await this.#runtime.backend.commit([
      { kind: 'remember', ...held.fence, forgive: true },
      this.#record(progress),
      ...batch.changes,
    ])
    this.#progress = progress
  }

  #record(progress: Progress): Put {
    const { workflow, id, hop } = this.#letters
    return { kind: 'put', workflow, id, hop, key: recordKey, value: { ...progress } as unknown as Json }
  }

  /** How the message rests: until all results are there, or until there is room for a fair part of the children that are left. */
  rest(): Rest {
    const { concurrency, failFast } = this.#gathering
    const { sent, all } = this.#progress
    const count = all ? sent : sent - concurrency + Math.max(1, Math.floor(concurrency / 4))
    const wait = { for: [{ name: resultName, count }], ...(failFast ? { failFast: true as const } : {}) }
    return new Rest({ wait }, [this.#record(this.#progress)])
  }

  results(): Results<Arrived<any> | FellOut> {
    const { schemaOf, settles } = this.#gathering
    const { queue } = this.#attempt.held.fence
    return resultsOf(this.#letters, {
      ...{ queue, settles, count: this.#progress.sent },
      schemaOf: (key) => schemaOf(nameIn(key)),
    })
  }
}
