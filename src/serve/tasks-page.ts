import type { Filter } from '../queue/filter.ts'
import type { Page } from '../queue/rows.ts'
import type { Desk } from '../run/desk/desk.ts'
import type { Task } from '../run/desk/task.ts'
import { isTagged } from '../schema/state.ts'

const firstChunk = 10
const maxChunks = 50
const enoughBytes = 4_000_000

/** Which tasks of a desk, how many at most, and from where on. */
export interface Asked extends Omit<Page, 'only'> {
  readonly limit: number
  readonly status?: Task['status'] | undefined
  /** Only those in this state. */
  readonly tag?: string | undefined
  readonly filter?: Filter | undefined
}

/**
 * A page of a desk's tasks. It is read in chunks, and ends early where the states are long or those of one tag are rare, so
 * that other requests do not wait while a hundred states of a megabyte, or a million of another tag, are read. So there is
 * more as long as there is a `next`, also after a short page.
 */
export async function readTasks(
  desk: Desk,
  { limit, status, tag, filter, ...page }: Asked,
): Promise<{ readonly tasks: readonly Task[]; readonly next?: string | undefined }> {
  const tasks: Task[] = []
  let [bytes, looked, chunks] = [0, 0, 0]
  let next = page.after
  do {
    const fitting = looked === 0 ? firstChunk : (enoughBytes - bytes) / (bytes / looked)
    const chunk = Math.max(1, Math.min(Math.floor(fitting), limit - tasks.length))
    const read = await desk.list({
      ...page,
      after: next,
      limit: chunk,
      only: { ...filter, ...(status && { status }) },
    })
    tasks.push(
      ...read.tasks.filter(({ state }) => tag === undefined || (isTagged(state) && state.tag === tag)),
    )
    for (const { state } of read.tasks) bytes += JSON.stringify(state ?? null).length
    looked += read.tasks.length
    next = read.next
    // The backend has looked at as many rows as it may for one page.
    if (read.tasks.length < chunk) break
  } while (next !== undefined && tasks.length < limit && bytes < enoughBytes && ++chunks < maxChunks)
  return { tasks, next }
}
