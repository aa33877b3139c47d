import type { Backend } from '../queue/backend.ts'
import { isPipewrightError } from '../queue/errors.ts'
import type { Row } from '../queue/rows.ts'
import { userName } from './user-name.ts'

/** Which dead messages are meant; a message must match every field. */
interface DeadFilter {
  readonly id?: string | undefined
  /** The name or the code of the error that they died of, or of one of its causes. */
  readonly errorClass?: string | undefined
  /** What the error's message has in it. */
  readonly message?: string | undefined
  readonly parent?: string | undefined
}

/** How dead messages are revived. */
export interface Reviving {
  readonly filter: DeadFilter
  /** How many at most; by default all. */
  readonly limit?: number | undefined
  /** Whether to find them only. */
  readonly dryRun: boolean
}

/** Makes the dead messages of `queue` that `filter` means ready again (with `dryRun` only finds them). Returns their ids. */
export async function reviveDead(
  backend: Backend,
  queue: string,
  { filter, limit, dryRun }: Reviving,
): Promise<readonly string[]> {
  const revived: string[] = []
  const actor = userName()
  for (let after: string | undefined; ; ) {
    const { rows, next } = await backend.list(queue, { after, limit: 500, only: { status: 'dead' } })
    const meant = rows
      .filter((row) => isMeant(row, filter))
      .map(({ id }) => id)
      .slice(0, limit === undefined ? undefined : limit - revived.length)
    const done = dryRun ? meant : await revive(meant)
    revived.push(...done)
    if (next === undefined || revived.length === limit) return revived
    after = next
  }

  // One commit each: another process may have revived or cancelled one of them since the look.
  async function revive(ids: readonly string[]): Promise<readonly string[]> {
    const results = await Promise.allSettled(
      ids.map((id) => backend.commit([{ kind: 'revive', queue, id, actor }])),
    )
    const failed = results.find((each) => each.status === 'rejected' && !isGone(each.reason))
    if (failed?.status === 'rejected') throw failed.reason
    return ids.filter((_, i) => results[i]!.status === 'fulfilled')
  }
}

function isMeant({ id, error, parent }: Row, filter: DeadFilter): boolean {
  const { errorClass, message } = filter
  if (filter.id !== undefined && filter.id !== id) return false
  if (filter.parent !== undefined && filter.parent !== parent) return false
  if (message !== undefined && !error?.message.includes(message)) return false
  if (errorClass === undefined || !error) return errorClass === undefined
  // A failed request is a TypeError: only its cause says why.
  return [error, ...(error.causes ?? [])].some(({ name, code }) => name === errorClass || code === errorClass)
}

function isGone(error: unknown): boolean {
  return isPipewrightError(error) && (error.code === 'not_found' || error.code === 'conflict')
}
