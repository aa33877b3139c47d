import type { Push } from '../../queue/change.ts'
import type { Message } from './message.ts'

interface Arrival {
  readonly push: Push
  readonly hop: number
  readonly seq: number
  readonly enteredAt: number
}

/** The message that a push makes: fresh, without a lease or a failure. */
export function messageOf(
  { push, hop, seq, enteredAt }: Arrival,
  waiting: Pick<Message, 'status' | 'dueAt' | 'owner'>,
): Message {
  const { id, frames, priority, parent, deploy } = push.token
  return {
    ...{ id, hop, priority, parent, deploy, seq, enteredAt },
    text: JSON.stringify(push.value) as string | undefined,
    framesText: JSON.stringify(frames),
    ...waiting,
    ...{ stamp: 0, suspect: false, attempts: 0, crashes: 0, lease: 0, leaseMs: 0, untilAt: 0, deadlineAt: 0 },
    ...{ error: undefined, progress: undefined },
  }
}
