import type { Backend } from '../../../src/index.ts'

/**
 * What of the tokens in `ids`, the ids whose entering was answered with success, is amiss: each must be known, and be in one queue or
 * in none because it has left; and nothing must be in any queue besides.
 */
export async function reconcileTokens(
  backend: Backend,
  workflow: string,
  ids: ReadonlySet<string>,
): Promise<readonly string[]> {
  const places = await findTokens(backend, workflow)
  const faults = [...places.keys()].filter((id) => !ids.has(id)).map((id) => `${id} has entered unasked`)
  for (const id of ids) {
    const journey = await backend.journey(workflow, id)
    const found = places.get(id) ?? []
    const expected = journey?.queue === undefined ? [] : [journey.queue]
    if (!journey) faults.push(`${id} is not known`)
    else if (String(found) !== String(expected))
      faults.push(`${id} is in [${found}], and said to be in [${expected}]`)
    else if (found.length === 0 && journey.finishedAt === undefined) faults.push(`${id} is in no queue`)
  }
  return faults
}

/** In which queues of `workflow` each id is: in one, if all is well. */
export async function findTokens(
  backend: Backend,
  workflow: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const places = new Map<string, string[]>()
  for (const { queue, ...of } of await backend.count()) {
    if (of.workflow !== workflow) continue
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await backend.list(queue, { after, limit: 1000 })
      for (const { id } of page.rows) places.set(id, [...(places.get(id) ?? []), queue])
      after = page.next
    }
  }
  return places
}

/** How many lines of the history of these tokens are decisions, and how many cancellations, but for those of bulk actions. */
export async function countLines(backend: Backend, workflow: string, ids: ReadonlySet<string>) {
  const counts = { decided: 0, cancelled: 0 }
  for (const id of ids) {
    const journey = await backend.journey(workflow, id, { limit: 1_000_000 })
    for (const { event, fields } of journey?.lines ?? []) {
      if (event === 'decided') counts.decided++
      // The fields of a decision are what the person gave, who may call one of them `by`, as a bulk action does.
      else if (event === 'cancelled' && (fields as { by?: string } | undefined)?.by === undefined)
        counts.cancelled++
    }
  }
  return counts
}
