import { shorten } from '../queue/hide-passwords.ts'
import { isError } from '../queue/thrown.mjs'
import { escapeControls } from './escape-controls.ts'

const maxLength = 4000

/** What a person reads about `error`: its message and what caused it where that says more, never a stack. */
export function sayError(error: unknown): string {
  if (!isError(error)) return escapeControls(shorten(String(error), maxLength))
  const message = shorten(error.message || error.name, maxLength)
  const lines = message.split('\n').map((line) => escapeControls(line.trimEnd()))
  return lines.filter((line) => line !== '').join('\n')
}
