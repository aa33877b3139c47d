import { setTimeout as sleep } from 'node:timers/promises'
import { type Desk, isPipewrightError } from '../../../src/index.ts'
import { corrected } from './office.ts'

interface Desks {
  readonly approve: Desk
  readonly escalation: Desk
  readonly correct: Desk
}

/** Those whom ann leaves to the second desk, by the number of the sample. */
export const isLeft = (n: number) => n % 6 === 0
/** Those that bob rejects, if they come to him. */
export const isRejected = (n: number) => n % 10 === 0

/** Ann approves, carl does at the second desk, bob corrects or rejects, until `signal` aborts. */
export async function letClerksWork(
  { approve, escalation, correct }: Desks,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await at(approve, 'ann', (n) => (isLeft(n) ? undefined : { decision: 'approve' }))
    await at(escalation, 'carl', () => ({ decision: 'approve' }))
    await at(correct, 'bob', (n, id, state) =>
      isRejected(n)
        ? { decision: 'reject', why: 'too dear' }
        : { decision: 'correct', text: corrected(id, state.text) },
    )
    await sleep(20, undefined, { signal }).catch(() => {})
  }
}

async function at(
  desk: Desk,
  by: string,
  choose: (n: number, id: string, state: any) => object | undefined,
): Promise<void> {
  const { tasks } = await desk.list({ limit: 100 })
  for (const { id, hop, state } of tasks) {
    const choice = choose(Number(id.split('-')[1]), id, state)
    if (choice) await desk.decide(id, choice as never, { hop, by }).catch(unlessMoved)
  }
}

// Its time was over while the clerk looked.
function unlessMoved(error: unknown): void {
  if (isPipewrightError(error) && ['conflict', 'not_found', 'lease_lost'].includes(error.code)) return
  throw error
}
