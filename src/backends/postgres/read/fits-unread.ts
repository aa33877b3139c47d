import type { Filter } from '../../../queue/filter.ts'
import { parseText } from '../../../queue/parse-text.ts'
import { type Candidate, matches } from '../../../queue/rules/filter.ts'

/** What only is read where a filter asks for it. */
interface Unread {
  readonly value?: string | null | undefined
  readonly words?: readonly string[] | null | undefined
}

/** Of the rest there is nothing in a filter's unread part. */
const others: Omit<Candidate, 'value' | 'words'> = {
  id: '',
  status: 'ready',
  suspect: false,
  owner: undefined,
  parent: undefined,
  deploy: 0,
  attempts: 0,
  enteredAt: 0,
  arrivedAt: 0,
  marks: new Map(),
}

/** What gives the value of a row that matches the unread part of a filter; undefined if it does not match. */
export function fitsUnread(unread: Filter, { value: text, words }: Unread): (() => unknown) | undefined {
  let parsed: { readonly value: unknown } | undefined
  const value = () => {
    parsed ??= { value: parseText<unknown>(text ?? null) }
    return parsed.value
  }
  return matches(unread, { ...others, words: words ?? undefined, value }) ? value : undefined
}
