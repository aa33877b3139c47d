/** What the words of a filter are read with. */
export interface Reading {
  /** Wall time, in milliseconds since 1970: `age>1d` is about it. */
  readonly now: number
  /** Who `me` is. */
  readonly me?: string | undefined
  /** The marks that messages may have beside those that every app has; any, unless it is told. */
  readonly keys?: Iterable<string> | undefined
  /** The workflow, whose name queues need not have before them: `from:decrypt`. */
  readonly workflow?: string | undefined
}

/** The keys of the language; any other is the name of a mark. */
export const ownKeys = [
  'age',
  'arrived',
  'attempts',
  'claimed',
  'deploy',
  'entered',
  'from',
  'has',
  'id',
  'is',
  'like',
  'owner',
  'parent',
  'state',
  'status',
  'text',
] as const

/** The marks that every app may have. */
export const usualMarks = ['assignee', 'due', 'escalated', 'print', 'proposed', 'source', 'title'] as const

/** Whether `name` is a key of the language. */
export function isOwnKey(name: string): name is (typeof ownKeys)[number] {
  return ownKeys.some((key) => key === name)
}
