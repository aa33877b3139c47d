/** An error as it travels from a host: what the worker and the history make use of. */
export interface SentError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  readonly retry?: boolean
  readonly retryAfterMs?: number
  readonly details?: unknown
  readonly cause?: SentError
  readonly errors?: readonly SentError[]
}

/** The error that `sent` tells of. */
export function taskError({ name, message, cause, errors, ...rest }: SentError): Error {
  const error = new Error(message, cause && { cause: taskError(cause) })
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  return Object.assign(error, rest, errors && { errors: errors.map(taskError) })
}

/** The error of a process or a thread that died under its work. */
export function crashError(module: string, where: 'process' | 'thread', how: string): Error {
  const file = decodeURIComponent(module.slice(module.lastIndexOf('/') + 1))
  return Object.assign(new Error(`The ${where} that ran ${file} ${how}.`), { name: 'Crash', kind: 'crash' })
}
