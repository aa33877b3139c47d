import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'

const name = 'pipewright.yaml'

/**
 * The file that `up` reads: `given`, else `pipewright.yaml` in the current folder, else the one in the user's config folder.
 * Throws a `UsageError` if there is none.
 */
export function findUpFile(given?: string): string {
  if (given !== undefined) return given
  if (existsSync(name)) return name
  const own = join(configHome(), 'pipewright', name)
  if (existsSync(own)) return own
  throw new UsageError(
    `There is neither a ${name} in this folder nor ${own}; name the file, or write one that begins with "app: FILE.ts".`,
  )
}

function configHome(): string {
  const { XDG_CONFIG_HOME: told } = process.env
  // The specification has a relative path ignored.
  return told?.startsWith('/') ? told : join(homedir(), '.config')
}
