/** Where Pipewright tells what happens; nowhere unless one is given. Fields are plain data and never hold a secret. */
export interface Log {
  /** What only helps to find a fault. */
  readonly debug: (message: string, fields?: Record<string, unknown>) => void
  /** What went as it should. */
  readonly info: (message: string, fields?: Record<string, unknown>) => void
  /** What went wrong and is dealt with. */
  readonly warn: (message: string, fields?: Record<string, unknown>) => void
  /** What somebody has to look at. */
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
