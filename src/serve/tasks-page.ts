import type { Page } from '../queue/backend.ts'
import type { Desk } from '../run/desk.ts'
import type { Task } from '../run/task.ts'

const firstChunk = 10
const enoughBytes = 4_000_000

/**
 * A page of a desk's tasks, shorter than `limit` where the states are long: nobody else waits while a hundred
 * states of a megabyte are read and written.
 */
export async function readTasks(
  desk: Desk,
  { limit, ...page }: Page & { readonly limit: number },
): Promise<{ readonly tasks: readonly Task[]; readonly next?: string | undefined }> {
  const tasks: Task[] = []
  let bytes = 0
  let next = page.after
  do {
    const fitting = tasks.length === 0 ? firstChunk : (enoughBytes - bytes) / (bytes / tasks.length)
    const chunk = Math.max(1, Math.min(Math.floor(fitting), limit - tasks.length))
    const read = await desk.list({ ...page, after: next, limit: chunk })
    tasks.push(...read.tasks)
    for (const { state } of read.tasks) bytes += JSON.stringify(state ?? null).length
    next = read.next
  } while (next !== undefined && tasks.length < limit && bytes < enoughBytes)
  return { tasks, next }
}
