import type { Change } from '../../queue/change.ts'
import { leaseLost } from '../../queue/refusals.ts'
import { waitFor } from '../wait-for.ts'
import { Rest, type RestingAttempt } from '../work/rest.ts'
import { type Batch, nextBatch, nextLimit } from './batch.ts'
import { type BulkPlace, bulkQueuesOf } from './bulk-place.ts'
import { type Handled, keepHandled } from './handled.ts'
import { addCounts, mostRefusals, type RunState, stateJson, stateOf, sumOf } from './run-state.ts'
import { batchHappens, settleBatch, settleLast } from './settle-batch.ts'
import { totalOf, watermarkOf } from './total-of.ts'

const mostAtOnce = 500
/** Of those whose values are read, which may be long. */
const mostWithValues = 100
/** How long it rests after a batch, as a multiple of what that took: others write into the same file. */
const restsFor = 5

/** One run while this process has leased it. */
export class RunLoop {
  readonly #place: BulkPlace
  readonly #attempt: RestingAttempt<any, any>
  readonly #stopping: AbortSignal
  #state: RunState
  #before: Batch | undefined

  constructor(place: BulkPlace, attempt: RestingAttempt<any, any>, stopping: AbortSignal) {
    this.#place = place
    this.#attempt = attempt
    this.#stopping = stopping
    this.#state = stateOf(attempt.held.row.value)
  }

  /** Works on the run until nothing is left, and then resolves with it as it is then; or with a `Rest`, if this process has to end. */
  async work(): Promise<RunState | Rest> {
    await this.#begin()
    this.#state = await settleLast(this.#place, this.#id, this.#state)
    while (!this.#stopping.aborted && !this.#attempt.signal.aborted) {
      const startedAt = this.#place.clock.elapsed()
      const batch = await nextBatch({ place: this.#place, run: this.#id, state: this.#state }, this.#limit)
      if (!batch) return this.#state
      this.#before = batch
      await this.#commit(batch)
      await this.#rest(batch.planned.length, startedAt)
    }
    return new Rest({ delayMs: 0 })
  }

  get #id(): string {
    return this.#attempt.held.row.id
  }

  get #limit(): number {
    const { does, rate } = this.#state
    const hasValues = does.action === 'move' || does.action === 'edit' || does.action === 'undo'
    const most = hasValues ? Math.min(mostWithValues, nextLimit(this.#before)) : mostAtOnce
    return Math.min(most, rate ?? most)
  }

  async #begin(): Promise<void> {
    if (this.#state.total !== null && this.#state.watermark !== null) return
    const { queue } = this.#attempt.held.fence
    const row = await this.#place.backend.get(queue, this.#id)
    const watermark = this.#state.watermark ?? watermarkOf(row!)
    const begun = { ...this.#state, watermark }
    this.#state = { ...begun, ...(await totalOf(this.#place, begun)) }
  }

  async #commit(batch: Batch): Promise<void> {
    const { fence } = this.#attempt.held
    const handled = batch.planned.map(({ was }) => was)
    const happens = this.#happens(handled)
    const next = afterBatch(this.#state, batch, 1 + happens.length)
    const progress = next.total ? { fraction: Math.min(1, sumOf(next.counts) / next.total) } : undefined
    const remember: Change = {
      kind: 'remember',
      ...fence,
      value: stateJson(next),
      ...(progress && { progress }),
    }
    const receipt = await this.#place.backend.commit([remember, ...happens, ...batch.changes])
    if (receipt.repeated && !(await this.#wasOwn(next.batches))) throw leaseLost(fence)
    this.#state = await settleBatch(this.#place, this.#id, { state: next, receipt, handled })
  }

  #happens(handled: readonly Handled[]): readonly Change[] {
    const { does, batches } = this.#state
    const { workflow } = bulkQueuesOf(this.#place.workflow)
    const ids = does.action === 'undo' ? [] : keepHandled({ workflow, run: this.#id }, batches + 1, handled)
    return [...batchHappens(this.#place, this.#id, batches + 1), ...ids]
  }

  // The answer to a commit may have been lost and the commit sent again; or the run was stopped, which counts as a batch.
  async #wasOwn(batches: number): Promise<boolean> {
    const { queue, hop, lease } = this.#attempt.held.fence
    const row = await this.#place.backend.get(queue, this.#id)
    return row?.hop === hop && row.lease === lease && stateOf(row.value).batches === batches
  }

  async #rest(done: number, startedAt: number): Promise<void> {
    if (done === 0) return
    const { rate } = this.#state
    const { clock } = this.#place
    const took = clock.elapsed() - startedAt
    const ms = Math.max(rate === null ? 0 : (done * 1000) / rate - took, restsFor * took)
    if (ms > 0) await waitFor(clock, ms, AbortSignal.any([this.#stopping, this.#attempt.signal]))
  }
}

function afterBatch(state: RunState, batch: Batch, first: number): RunState {
  const { counts, cursor, refusals, planned, changes } = batch
  return {
    ...state,
    cursor,
    batches: state.batches + 1,
    last: planned.length === 0 ? null : { first, per: changes.length / planned.length },
    counts: addCounts(state.counts, counts),
    refusals: [...state.refusals, ...refusals].slice(0, mostRefusals),
  }
}
