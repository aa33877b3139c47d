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

/** The error that was sent as `sent`. */
export function taskError({ name, message, cause, errors, ...rest }: SentError): Error {
  const error = new Error(message, cause && { cause: taskError(cause) })
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  return Object.assign(error, rest, errors && { errors: errors.map(taskError) })
}

/** The error of a process or a thread that died under its work. */
export function crashError(module: string, where: 'process' | 'thread', how: string): Error {
  const message = `The ${where} that ran ${fileOf(module)} ${how}.`
  return Object.assign(new Error(message), { name: 'Crash', kind: 'crash' })
}

/** The error of work that was stopped because it had shown no sign of life for `stallMs`. */
export function stallError(module: string, stallMs: number): Error {
  const message = `${fileOf(module)} showed no sign of life for ${stallMs} ms and was stopped.`
  return Object.assign(new Error(message), { name: 'Stall', kind: 'timeout', code: 'stalled' })
}

function fileOf(module: string): string {
  return decodeURIComponent(module.slice(module.lastIndexOf('/') + 1))
}
