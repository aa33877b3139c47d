import { escapeControls } from '../../app/escape-controls.ts'
import type { FoundEntry } from '../find-entry.ts'

/** An entry of an inbox for people: where it is, and why it has not entered. */
export function sayEntry({ queue, row: { id, status, error } }: FoundEntry): string {
  const is = status === 'dead' ? `was refused: ${error?.message}` : 'waits to be taken in'
  return escapeControls(`${id} is in the inbox ${queue}, and ${is}`)
}

/** The same for programs. */
export function entryJson({ workflow, queue, row: { id, status, error, value, priority } }: FoundEntry) {
  const state = status === 'dead' ? 'refused' : 'waiting'
  return { id, workflow, queue, state, why: error?.message, value, priority }
}
