import type { Fence } from '../../queue/change.ts'
import { LeaseLostError } from '../../queue/errors.ts'

/** What is told of a fence that does not hold. */
export function leaseLost({ queue, id, hop, lease }: Fence): LeaseLostError {
  const sentence = `Lease ${lease} of "${id}" (hop ${hop}) in queue "${queue}" does not hold any more`
  return new LeaseLostError(`${sentence}; what was answered with it is not recorded.`, { queue, id })
}
