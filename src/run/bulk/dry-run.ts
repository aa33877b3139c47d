import { type Batch, nextBatch, nextLimit } from './batch.ts'
import type { BulkPlan, Refusal } from './bulk.ts'
import type { BulkPlace } from './bulk-place.ts'
import { addCounts, mostRefusals, none, type RunState, sumOf } from './run-state.ts'
import { totalOf } from './total-of.ts'

const mostPlanned = 10_000
const pageSize = 500
const mostSamples = 5

/** What `state` would do to all that matches now. Writes nothing. */
export async function dryRun(place: BulkPlace, state: RunState): Promise<BulkPlan> {
  const leads = new Map<string, number>()
  const samples: BulkPlan['samples'][number][] = []
  const refusals: Refusal[] = []
  let counts = none
  let cursor = state.cursor
  let batch: Batch | undefined
  do {
    const left = mostPlanned - sumOf(counts)
    if (left <= 0) break
    const limit = Math.min(pageSize, left, nextLimit(batch))
    batch = await nextBatch({ place, run: '', state: { ...state, cursor } }, limit)
    if (!batch) break
    cursor = batch.cursor
    counts = addCounts(counts, batch.counts)
    refusals.push(...batch.refusals.slice(0, mostRefusals - refusals.length))
    for (const { was, will } of batch.planned) {
      const { to, value } = will
      if (to !== undefined) leads.set(to, (leads.get(to) ?? 0) + 1)
      if (samples.length < mostSamples) samples.push({ id: was.id, queue: was.queue, to, value })
    }
  } while (batch)
  const planned = sumOf(counts)
  const { total, exact } = batch ? await totalOf(place, state) : { total: planned, exact: true }
  // The last page of 10,000 may have been the last of all.
  const all = Math.max(total, planned)
  const about = (count: number) => (planned === 0 ? 0 : Math.round((count * all) / planned))
  const { done, refused, held } = counts
  return {
    total: all,
    exact: exact && all === planned,
    ...{ done: about(done), refused: about(refused), held: about(held) },
    leads: [...leads]
      .map(([queue, count]) => ({ queue, count: about(count) }))
      .sort((a, b) => b.count - a.count),
    refusals,
    samples,
  }
}
