import type { Cause, Fault } from './change.ts'

const quoted = /(['"`])((?:(?:file:\/\/)?\/|[A-Za-z]:[\\/])[^'"`\n]*)\1/g
// Not in a URL, and not in the middle of another path.
const bare = /(?<![\w.:/\\-])(?:(?:file:\/\/)?\/|[A-Za-z]:\\)(?:[^\s'"`<>|:,;()[\]\\/]+[\\/])+/g

/** `text` without the folders of this machine: of an absolute path its last part is left. */
export function hideFolders(text: string): string {
  return text.replace(quoted, (_, quote, path) => `${quote}${lastOf(path)}${quote}`).replace(bare, '')
}

function lastOf(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? ''
}

/**
 * `fault` as it is shown to people at desks. They need its sentence; folders and stacks are for operators, who find them
 * in the history.
 */
export function shownFault({ causes, kind, ...fault }: Fault): Fault {
  return { kind, ...shownCause(fault), ...(causes && { causes: causes.map(shownCause) }) }
}

/** The same with the fault that it has as it is shown to people. */
export function showingError<T extends { readonly error?: Fault | undefined }>(of: T): T {
  return of.error ? { ...of, error: shownFault(of.error) } : of
}

function shownCause({ name, message, code }: Cause): Cause {
  return { name, message: hideFolders(message), ...(code !== undefined && { code }) }
}
