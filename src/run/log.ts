/** Where Pipewright tells what happens; nowhere unless one is given. Fields are plain data and never hold a secret. */
export interface Log {
  readonly debug: (message: string, fields?: Record<string, unknown>) => void
  readonly info: (message: string, fields?: Record<string, unknown>) => void
  readonly warn: (message: string, fields?: Record<string, unknown>) => void
  readonly error: (message: string, fields?: Record<string, unknown>) => void
}

/** The log that says nothing. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** `log` with `fields` added to whatever it is told. */
export function withFields(log: Log, fields: Record<string, unknown>): Log {
  if (log === silent) return silent
  const tell = (level: keyof Log) => (message: string, more?: Record<string, unknown>) =>
    log[level](message, { ...fields, ...more })
  return { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') }
}
