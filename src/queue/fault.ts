import type { Fault } from './change.ts'

const maxMessageLength = 2000

/** What `error` says, as plain data of bounded length: its name, message and code, never its stack. */
export function faultOf(error: unknown, kind: Fault['kind'] = 'error'): Fault {
  if (!(error instanceof Error)) return { kind, name: 'Error', message: cut(String(error)) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: cut(error.code) } : {}
  return { kind: kindOf(error) ?? kind, name: cut(error.name), message: cut(error.message), ...code }
}

// A task in a process of its own can crash without its worker: its error says so itself.
function kindOf(error: Error): Fault['kind'] | undefined {
  if (!('kind' in error)) return undefined
  return error.kind === 'crash' || error.kind === 'timeout' ? error.kind : undefined
}

function cut(text: string): string {
  return text.length <= maxMessageLength ? text : `${text.slice(0, maxMessageLength)}...`
}
