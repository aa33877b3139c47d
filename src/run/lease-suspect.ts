import type { LeaseRequest, Row } from '../queue/backend.ts'
import type { Hold } from './hold.ts'
import type { Runtime } from './runtime.ts'
import { isHarmless } from './suspicion.ts'

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
 * Leases a suspect, if there is one: any if it is to work `alone`; beside others only one that has not often ended the
 * process that worked on it.
 */
export async function leaseSuspect(where: SuspectLease, alone: boolean): Promise<Hold | undefined> {
  const { queue, runtime } = where
  const request = { ...where.request, suspects: 'only' } as const
  if (alone) return (await runtime.keeper.lease(queue, { ...request, alone }))[0]
  const ids = await harmlessIn(where)
  if (ids.length === 0) return undefined
  return (await runtime.keeper.lease(queue, { ...request, ids, limit: 1 }))[0]
}

async function harmlessIn(where: SuspectLease): Promise<readonly string[]> {
  const { queue, runtime } = where
  const rows = await suspectsIn(where, 100)
  const harmful = rows.find((row) => !isHarmless(row))
  if (harmful) {
    runtime.log.warn(
      'A token whose process has ended again and again waits until it can be worked on alone.',
      { queue, id: harmful.id, ...(runtime.suspects !== 'only' && { hint }) },
    )
  }
  return rows.filter(isHarmless).map(({ id }) => id)
}
