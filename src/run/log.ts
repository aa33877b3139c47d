/** Where Pipewright logs; nowhere by default. Fields are plain data and never hold a secret. */
export interface Log {
  /** What only helps to find a fault. */
  readonly debug: (message: string, fields?: Record<string, unknown>) => void
  /** What went as it should. */
  readonly info: (message: string, fields?: Record<string, unknown>) => void
  /** What went wrong and is dealt with. */
  readonly warn: (message: string, fields?: Record<string, unknown>) => void
  /** What an operator has to look at. */
  readonly error: (message: string, fields?: Record<string, unknown>) => void
}

/** The log that says nothing. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** `log` with `fields` added to each line. */
export function withFields(log: Log, fields: Record<string, unknown>): Log {
  if (log === silent) return silent
  const add = (level: keyof Log) => (message: string, more?: Record<string, unknown>) =>
    log[level](message, { ...fields, ...more })
  return { debug: add('debug'), info: add('info'), warn: add('warn'), error: add('error') }
}
