import { fieldOf, ifReadable } from './thrown.mjs'

const deepest = 5
const most = 10

/** What is behind `error`, nearest first: its `cause` and its `errors`, theirs, and so on; each once, ten at most. */
export function causesOf(error: unknown): readonly unknown[] {
  const found = new Set<unknown>([error])
  look(error, deepest, found)
  return [...found].slice(1)
}

function look(error: unknown, depth: number, found: Set<unknown>): void {
  if (depth === 0) return
  for (const cause of behind(error)) {
    if (found.has(cause) || found.size > most) continue
    found.add(cause)
    look(cause, depth - 1, found)
  }
}

function behind(error: unknown): readonly unknown[] {
  const cause = fieldOf(error, 'cause')
  const errors = fieldOf(error, 'errors')
  const several = ifReadable(() => (Array.isArray(errors) ? [...errors.slice(0, most)] : [])) ?? []
  return cause === undefined || cause === null ? several : [cause, ...several]
}
