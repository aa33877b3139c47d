import { BackendError } from '../../../queue/errors.ts'

const oldest = 14

/** What a server says of itself: `server_version_num`, and `version()`. */
export interface ServerVersion {
  readonly number: number
  readonly text: string
}

/** Throws a `BackendError` for a server of a version that is not supported. */
export function checkVersion(where: string, { number, text }: ServerVersion): void {
  if (number >= oldest * 10_000) return
  // All that follows is about the machine that it was built on.
  const named = text.replace(/ \(.*| on .*/s, '')
  throw new BackendError(
    `The server of the database ${where} is "${named}"; Pipewright needs Postgres ${oldest} or newer. Nothing was changed.`,
  )
}

/** The two ways in which a connection is known: what the client was told as it began, and what the server says. */
interface Known {
  readonly told: number | undefined
  readonly found: number
}

/** Whether something between us and the server answers for it. */
export function isPooled({ told, found }: Known): boolean {
  return told !== undefined && told !== found
}

/** The error for a pooler that gives each transaction another connection, where sessions were meant. */
export function noSessions(where: string): BackendError {
  return new BackendError(
    `The database ${where} is behind a pooler that gives each transaction another connection: add "sessions=false" behind the "?" of the URL, or the option sessions: false. Nothing was changed.`,
  )
}
