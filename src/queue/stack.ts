import { fileURLToPath } from 'node:url'
import { isPipewrightError } from './errors.ts'
import { fieldOf } from './field-of.ts'
import { shorten } from './hide-passwords.ts'

const own = new URL('../', import.meta.url)
const ownPlaces = [own.href, fileURLToPath(own), 'node:internal/'].flatMap((place) => [
  `(${place}`,
  ` ${place}`,
])
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
  // What this package refuses is told by its message; what breaks in it, only by its own places.
  if (kept.length > 0) return kept.join('\n')
  return isPipewrightError(error) || frames.length === 0 ? undefined : frames.join('\n')
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
