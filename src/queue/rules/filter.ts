import type { Filter, MarkFilter, Range, ValueFilter } from '../filter.ts'
import type { Status } from '../status.ts'
import { hasPhrases, phrasesOf } from '../text.ts'
import { findIn, stepsOf } from '../value-path.ts'

/** What a filter looks at in a message. */
export interface Candidate {
  readonly id: string
  /** As readers see it. */
  readonly status: Status
  /** Whether it would be leased as a suspect. */
  readonly suspect: boolean
  readonly owner: string | undefined
  readonly parent: string | undefined
  readonly deploy: number
  readonly attempts: number
  /** When its token came into the workflow. */
  readonly enteredAt: number
  /** When it came to its queue. */
  readonly arrivedAt: number
  readonly marks: ReadonlyMap<string, string | number>
  /** The words of its text; undefined if it has none. */
  readonly words: readonly string[] | undefined
  /** Read only where a filter is about it. */
  readonly value: () => unknown
}

/** Whether a message matches `only`: what every backend means by a filter. */
export function matches(only: Filter, of: Candidate): boolean {
  const { status, suspect, ids, idPrefix, idPart, owner, parent, marks, where, tag, text } = only
  if (status !== undefined && of.status !== status) return false
  if (suspect && !of.suspect) return false
  if (ids && !ids.includes(of.id)) return false
  if (idPrefix !== undefined && !of.id.startsWith(idPrefix)) return false
  if (idPart !== undefined && !of.id.includes(idPart)) return false
  if (owner !== undefined && (of.owner ?? null) !== owner) return false
  if (parent !== undefined && of.parent !== parent) return false
  if (!isIn(only.deploy, of.deploy) || !isIn(only.attempts, of.attempts)) return false
  if (!isIn(only.entered, of.enteredAt) || !isIn(only.arrived, of.arrivedAt)) return false
  if (marks && !Object.entries(marks).every(([name, each]) => hasMark(each, of.marks.get(name)))) return false
  if (text !== undefined && !hasPhrases(of.words ?? [], phrasesOf(text))) return false
  if (tag === undefined && !where?.length) return true
  const value = of.value()
  return (tag === undefined || tagOf(value) === tag) && (where ?? []).every((each) => hasValue(each, value))
}

function isIn({ from, to }: Range = {}, number: number): boolean {
  return (from === undefined || number >= from) && (to === undefined || number < to)
}

function hasMark({ any, none, from, to }: MarkFilter, found: string | number | undefined): boolean {
  const value = found ?? null
  if (any && !any.includes(value)) return false
  if (none?.includes(value)) return false
  return (from === undefined && to === undefined) || (typeof value === 'number' && isIn({ from, to }, value))
}

function tagOf(value: unknown): unknown {
  return findIn(value, ['tag'])
}

function hasValue({ path, is }: ValueFilter, value: unknown): boolean {
  return findIn(value, stepsOf(path)!) === is
}
