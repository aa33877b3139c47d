import { literal } from '../server/qualify.ts'

/** What a transaction has to itself, or shares. */
export interface Locking {
  /** Whether no other transaction changes anything meanwhile. */
  readonly isAlone: boolean
  readonly zones: ReadonlySet<string>
}

/**
 * The statement by which a transaction that changes anything takes its locks: zones in one order everywhere. A number of lines is taken
 * only after them, so that readers know which may still come.
 */
export function locksOf(schema: string, { isAlone, zones }: Locking): string {
  const keyed = (of: string, key: string) => `hashtext(${literal(`${schema}/${of}`)}), ${key}`
  const exclusive = 'pg_advisory_xact_lock'
  const shared = 'pg_advisory_xact_lock_shared'
  const locks = [
    `${isAlone ? exclusive : shared}(${keyed('registry', '0')})`,
    ...[...zones].sort().map((zone) => `${exclusive}(${keyed('zone', `hashtext(${literal(zone)})`)})`),
    `${shared}(${keyed('lines', '(select (last_value % 2147483648)::integer from pw_line_numbers)')})`,
  ]
  return `select ${locks.join(', ')}`
}
