import type { Succession } from '../../queue/succession.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** Which queue takes over what, as it is now. */
export const succession: Succession<MemoryQueue> = {
  heirs: ({ heirs }) => heirs,
  accepts: ({ spec }, tag) => spec.tags?.some((each) => each === tag) ?? false,
  isRetired: ({ isRetired }) => isRetired,
}
