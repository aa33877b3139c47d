import type { LeaseRequest } from '../queue/backend.ts'
import type { Row } from '../queue/rows.ts'
import type { Hold } from './hold.ts'
import type { Runtime } from './runtime.ts'
import { isHarmless, timesLost } from './suspicion.ts'

/** Where suspects are leased, and how. */
export interface SuspectLease {
  readonly queue: string
  readonly request: LeaseRequest
  readonly runtime: Runtime
}

const hint = 'Give suspects a process of their own, as `pipewright run` does.'

/** Up to `limit` of the suspects that wait in `queue`. */
export async function suspectsIn(
  { queue, runtime }: Pick<SuspectLease, 'queue' | 'runtime'>,
  limit: number,
): Promise<readonly Row[]> {
  return (await runtime.backend.list(queue, { limit, only: { suspect: true } })).rows
}

/**
 * Leases a suspect, if there is one; beside others only one that has not often ended the process that worked on it. First
 * those whose process was lost least often: who was only beside the one to blame need not wait until that is found out.
 */
export async function leaseSuspect(where: SuspectLease, alone: boolean): Promise<Hold | undefined> {
  const { queue, request, runtime } = where
  const rows = await suspectsIn(where, 100)
  const fit = alone ? rows : harmlessOf(rows, where)
  const least = Math.min(...fit.map(timesLost))
  const ids = fit.filter((row) => timesLost(row) === least).map(({ id }) => id)
  if (ids.length === 0) return undefined
  const leased = await runtime.keeper.lease(queue, { ...request, suspects: 'only', alone, ids, limit: 1 })
  return leased[0]
}

function harmlessOf(rows: readonly Row[], { queue, runtime }: SuspectLease): readonly Row[] {
  const harmful = rows.find((row) => !isHarmless(row))
  if (harmful) {
    runtime.log.warn(
      'A token whose process has ended again and again waits until it can be worked on alone.',
      { queue, id: harmful.id, ...(runtime.suspects !== 'only' && { hint }) },
    )
  }
  return rows.filter(isHarmless)
}
