import type { Backend } from '../../queue/backend.ts'
import { BackendError } from '../../queue/errors.ts'

/** `backend`, at `where`, for a command that only looks: requests that would write are refused. */
export function onlyLooking(backend: Backend, where: string): Backend {
  async function refuse(): Promise<never> {
    throw new BackendError(`The database ${where} is only looked at; nothing is written to it.`)
  }
  const { keep: _keep, commitIn: _commitIn, ...rest } = backend
  return { ...rest, declare: refuse, lease: refuse, extend: refuse, commit: refuse, pass: refuse }
}
