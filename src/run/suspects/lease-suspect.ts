import type { LeaseRequest } from '../../queue/backend.ts'
import type { Row } from '../../queue/rows.ts'
import type { Hold } from '../lease/hold.ts'
import type { Runtime } from '../runtime.ts'
import type { Losses } from './losses.ts'
import { isHarmless } from './suspicion.ts'

/** Where suspects are leased, and how. */
export interface SuspectLease {
  readonly queue: string
  readonly request: LeaseRequest
  readonly runtime: Runtime
}

/** A suspect that was leased, and how often its process was lost before. */
export interface LeasedSuspect {
  readonly hold: Hold
  readonly timesLost: number
}

interface Suspect {
  readonly row: Row
  readonly timesLost: number
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
 * Leases a suspect, if there is one; beside others only one that has not often ended the process that worked on it. Those
 * whose process was lost least often come first: an innocent one need not wait until the one to blame is found.
 */
export async function leaseSuspect(
  where: SuspectLease,
  { losses, alone }: { readonly losses: Losses; readonly alone: boolean },
): Promise<LeasedSuspect | undefined> {
  const { queue, request, runtime } = where
  const rows = await suspectsIn(where, 100)
  const counts = await losses.of(rows)
  const suspects = rows.map((row, i) => ({ row, timesLost: counts[i]! }))
  const fit = alone ? suspects : harmlessOf(suspects, where)
  const timesLost = Math.min(...fit.map((each) => each.timesLost))
  const ids = fit.filter((each) => each.timesLost === timesLost).map(({ row }) => row.id)
  if (ids.length === 0) return undefined
  const [hold] = await runtime.keeper.lease(queue, { ...request, suspects: 'only', alone, ids, limit: 1 })
  return hold && { hold, timesLost }
}

function harmlessOf(suspects: readonly Suspect[], { queue, runtime }: SuspectLease): readonly Suspect[] {
  const harmful = suspects.find(({ timesLost }) => !isHarmless(timesLost))
  if (harmful) {
    runtime.log.warn(
      'A token whose process has ended again and again waits until it can be worked on alone.',
      { queue, id: harmful.row.id, ...(runtime.suspects !== 'only' && { hint }) },
    )
  }
  return suspects.filter(({ timesLost }) => isHarmless(timesLost))
}
