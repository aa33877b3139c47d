import type { Change, Fence, Mail, Remember } from '../../queue/change.ts'
import type { Letter, Recalling, Reply } from '../../queue/letter.ts'
import type { Wait } from '../../queue/wait.ts'
import { entering, type Fixture, fenceOf, moving, workflow } from './fixture.ts'

// The steps that the tests of letters, waits, replies and what is remembered share.

/** The usual queues, one in which tokens report, and one of tokens that go on for long. */
export async function declareReplies(fixture: Fixture): Promise<void> {
  await fixture.declare(
    [
      { name: 'first', role: 'stage' },
      { name: 'second', role: 'stage' },
      { name: 'desk', role: 'review' },
      { name: 'done', role: 'output' },
      { name: 'replies', role: 'reply' },
      { name: 'standing', role: 'standing' },
    ],
    'v2',
  )
}

/** A letter to the token `id`. */
export function mailing(id: string, name: string, more: Partial<Mail> = {}): Mail {
  return { kind: 'mail', workflow, id, name, ...more }
}

/** Gives a lease back until letters come. */
export function waiting(
  held: Fence,
  wait: Wait | string,
  delayMs?: number,
): Extract<Change, { kind: 'postpone' }> {
  const awaited = typeof wait === 'string' ? { for: [{ name: wait }] } : wait
  return { kind: 'postpone', charge: false, delayMs, wait: awaited, ...fenceOf(held) }
}

/** Remembers something about a leased message. */
export function remembering(held: Fence, what: Omit<Remember, 'kind' | keyof Fence>): Remember {
  return { kind: 'remember', ...what, ...fenceOf(held) }
}

/** The letters in the box of `id`. */
export async function letters(
  { backend }: Fixture,
  id: string,
  what?: Recalling,
): Promise<readonly Letter[]> {
  return (await backend.recall(workflow, id, what)).letters
}

/** A child of the stay in which `parent` is leased, which replies as `name`, under its own id. */
export function child(
  parent: Fence,
  id: string,
  { name = 'page', ...more }: Partial<Reply> & { readonly queue?: string } = {},
) {
  const { queue, ...reply } = more
  return {
    ...entering(id, { parent: parent.id, ...(queue === undefined ? {} : { queue }) }),
    reply: { workflow, id: parent.id, hop: parent.hop, name, key: id, ...reply },
    parentHop: parent.hop,
  }
}

/** Leases the child `id` from `second`, and lets it end with `value`. */
export async function finish(fixture: Fixture, id: string, value: string = `of ${id}`): Promise<void> {
  const held = await fixture.leaseOne('second', { ids: [id] })
  await fixture.backend.commit(moving(held, 'replies', value))
}
