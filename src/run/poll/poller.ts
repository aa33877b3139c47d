import type { Backend } from '../../queue/backend.ts'

/** The id of the token that polls for a queue. */
function pollerOf(queue: string): string {
  return `poll:${queue}`
}

/** Lets the poller of a queue enter its own, unless it is there. */
export async function enterPoller(
  backend: Backend,
  { queue, poller, deploy }: { readonly queue: string; readonly poller: string; readonly deploy: number },
): Promise<void> {
  const id = pollerOf(queue)
  if (await backend.get(poller, id)) return
  const token = { id, hop: 1, frames: [], priority: 0, deploy }
  await backend.commit([{ kind: 'push', queue: poller, token, value: {}, enter: 'replace' }])
}
