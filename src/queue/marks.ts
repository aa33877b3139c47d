/**
 * Small facts of a stay by which it is found, in an index: what the stage makes of the value as a message comes, and what
 * people set, such as who is to do it and until when. They go with the stay. A text has 1 to 500 characters, a number is
 * finite; null stands for none.
 */
export type Marks = Readonly<Record<string, string | number | null>>

/** The marks that only a backend sets: the class of the fault that a message has, and the queue that gave its token up. */
export const ownMarks = ['print', 'source'] as const

/** `marks` as they are kept: without those that are null, in any order. */
export function keptMarks(marks: Marks): ReadonlyMap<string, string | number> {
  const kept = new Map<string, string | number>()
  // A zero has no sign in every database.
  for (const [name, value] of Object.entries(marks))
    if (value !== null) kept.set(name, typeof value === 'number' ? value + 0 : value)
  return kept
}

/** The order of the values of a mark: numbers before texts, and texts by their bytes. */
export function compareMarks(a: string | number, b: string | number): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  return typeof b === 'number' ? 1 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
