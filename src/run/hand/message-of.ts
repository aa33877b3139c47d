import type { Message } from '../../queue/read-queue.ts'
import { stageKeyOf, stayKeyOf } from '../keys.ts'
import type { InHand } from './hand.ts'

/** What a loop by hand is given of a message in hand. */
export function messageOf<In>({ held, opened }: InHand<In, any>): Message<In> {
  const { id, hop, lease, attempts } = held.row
  return {
    id,
    hop,
    lease,
    key: stayKeyOf(held.row),
    stageKey: stageKeyOf(held.fence.queue, id),
    attempt: attempts + 1,
    value: opened.value,
  }
}
