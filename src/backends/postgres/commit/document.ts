/**
 * What a transaction writes, for the function `pw_apply`: rows by table, in the names of their columns. Plain data, so that deciding
 * is pure and applying is one statement.
 */
export interface Document {
  readonly fresh: readonly object[]
  readonly tokens: readonly object[]
  readonly [table: string]: readonly object[]
}

/** The text of a document: without the tables to which it has nothing. */
export function textOf(document: Document): string {
  return JSON.stringify(Object.fromEntries(Object.entries(document).filter(([, rows]) => rows.length > 0)))
}

/** Whether there is nothing to write. */
export function isEmpty(document: Document): boolean {
  return Object.values(document).every((rows) => rows.length === 0)
}
