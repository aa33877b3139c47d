import { BackendError } from '../../../queue/errors.ts'
import { retryBusy } from '../file/retry-busy.ts'
import { isSqliteError } from '../file/sqlite-error.ts'

/** Runs `work`, which reads the database at `path`. Rejects with a `BackendError` if that cannot be read. */
export async function reading<T>(path: string, work: () => T): Promise<T> {
  try {
    return await retryBusy(work)
  } catch (error) {
    if (!isSqliteError(error)) throw error
    throw new BackendError(`The database ${path} could not be read: ${error.message}.`, { cause: error })
  }
}
