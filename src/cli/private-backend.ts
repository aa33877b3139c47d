import { UsageError } from '../app/usage-error.ts'
import type { Backend } from '../queue/backend.ts'
import type { Log } from '../run/log.ts'

/** Throws a `UsageError` if only this process would see the queues of the app `name`. */
export function refusePrivate(name: string, backend: Backend): void {
  if (!backend.isPrivate) return
  throw new UsageError(
    `The app "${name}" has its queues in memory, where no other process sees them; give it a file or another database, or name one with --db.`,
  )
}

/** Warns if only this process will see the queues that it works on. */
export function warnOfPrivate(log: Log, backend: Backend): void {
  if (!backend.isPrivate) return
  log.warn('The queues are in the memory of this process: no other process sees them, and they end with it.')
}
