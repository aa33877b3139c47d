import { fileURLToPath } from 'node:url'
import { fieldOf } from './field-of.ts'
import { shorten } from './hide-passwords.ts'

// This file is in a folder of what is this package's own.
const own = import.meta.url.slice(0, import.meta.url.lastIndexOf('/queue/') + 1)
const ownPlaces = [own, fileURLToPath(own), 'node:'].flatMap((place) => [`(${place}`, ` ${place}`])
const mistakes = /^(Type|Range|Reference|Syntax)Error$/
const longest = 16_000

/** Where an error came from, one place in a line: `at read (file:///app/flow.ts:12:5)`. Undefined if it does not tell. */
export function stackOf(error: unknown): string | undefined {
  const stack = fieldOf(error, 'stack')
  if (typeof stack !== 'string') return undefined
  const from = stack.indexOf('\n    at ', endOfMessage(stack, fieldOf(error, 'message')))
  if (from < 0) return undefined
  const lines = shorten(stack.slice(from, from + longest), longest).split('\n')
  const frames = lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
  const kept = withoutCallers(frames)
  if (kept.length > 0) return kept.join('\n')
  // What is refused here is told by its message; what breaks here, only by these places.
  const isMistake = mistakes.test(String(fieldOf(error, 'name')))
  return isMistake && frames.length > 0 ? frames.join('\n') : undefined
}

// It is in the stack too, however long, and may quote another stack.
function endOfMessage(stack: string, message: unknown): number {
  if (typeof message !== 'string') return 0
  const at = stack.slice(0, 1000).indexOf(message.slice(0, 100))
  return at < 0 ? 0 : at + message.length
}

/** `frames` without those by which this package and Node came to call what failed. */
function withoutCallers(frames: readonly string[]): readonly string[] {
  const last = frames.findLastIndex((frame) => !ownPlaces.some((place) => frame.includes(place)))
  return frames.slice(0, last + 1)
}
