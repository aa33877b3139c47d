import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A database in a folder of its own that stands in for another one, which is not there. */
export interface StandIn {
  readonly file: string
  readonly remove: () => Promise<void>
}

/** Where one may be made. */
export async function makeStandIn(): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'pipewright-look-'))
  return { file: join(folder, 'queues.db'), remove: () => rm(folder, { recursive: true, force: true }) }
}
