type Type =
  | 'bigint'
  | 'integer'
  | 'text'
  | 'double precision'
  | 'bigint[]'
  | 'integer[]'
  | 'text[]'
  | 'double precision[]'

/** What is bound in one statement, in the order of its numbers. */
export class Binds {
  readonly values: unknown[] = []

  /** Binds a value, and returns what stands for it in the SQL. */
  add(value: unknown, type: Type): string {
    this.values.push(value)
    return `$${this.values.length}::${type}`
  }
}
