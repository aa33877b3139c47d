import { join } from 'node:path'
import { type Backend, openBackend } from 'pipewright'

/** Opens the database that DATABASE in the environment names; a file in `folder` unless told. */
export function openBenchDatabase(folder: string): Promise<Backend> {
  return openBackend(process.env['DATABASE'] ?? join(folder, 'queues.db'))
}
