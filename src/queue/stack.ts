import { fileURLToPath } from 'node:url'
import { shorten } from './hide-passwords.ts'
import { fieldOf, ifReadable, isError } from './thrown.mjs'

// This file is in the folder of this package's own code.
const own = import.meta.url.slice(0, import.meta.url.lastIndexOf('/queue/') + 1)
const ownPlaces = [own, fileURLToPath(own), 'node:'].flatMap((place) => [`(${place}`, ` ${place}`])
const mistakes = /^(Type|Range|Reference|Syntax)Error$/
const longest = 16_000

/** Where an error came from, one place in a line: `at read (file:///app/flow.ts:12:5)`. Undefined if it has no stack. */
export function stackOf(error: unknown): string | undefined {
  const stack = fieldOf(error, 'stack')
  if (typeof stack !== 'string') return undefined
  const from = stack.indexOf('\n    at ', endOfMessage(stack, fieldOf(error, 'message')))
  if (from < 0) return undefined
  const lines = shorten(stack.slice(from, from + longest), longest).split('\n')
  const frames = lines.map((line) => line.trim()).filter((line) => line.startsWith('at '))
  const kept = withoutCallers(frames)
  if (kept.length > 0) return kept.join('\n')
  // Our own refusals explain themselves by their message; our own bugs only by these places.
  const isMistake = mistakes.test(String(fieldOf(error, 'name')))
  return isMistake && frames.length > 0 ? frames.join('\n') : undefined
}

/** The first place in `stack`, as `stackOf` gives it, that is neither Node's nor this package's own: `file:///app/flow.ts:12:5`. */
export function placeIn(stack: string): string | undefined {
  const frame = stack.split('\n').find((each) => !isOwn(each))
  return frame && (/\(([^()]+)\)$/.exec(frame)?.[1] ?? frame.replace(/^at (async )?/, ''))
}

/** The place of a call; costs little as long as it is not read. */
export interface Site {
  readonly stack?: string
}

/** The place from which the function `asked` was called. */
export function markSite(asked: (...args: never) => unknown): Site {
  const site = {}
  Error.captureStackTrace(site, asked)
  return site
}

/** `error`, which says that it came from `site` if its own stack leads to no place outside of this package. */
export function tellSite(error: unknown, { stack = '' }: Site): unknown {
  const known = stackOf(error)
  if (!isError(error) || (known !== undefined && placeIn(known) !== undefined)) return error
  ifReadable(() => {
    error.stack = `${error.name}: ${error.message}${stack.slice(Math.max(0, stack.indexOf('\n    at ')))}`
  })
  return error
}

// The message is in the stack too, may be long, and may quote another stack.
function endOfMessage(stack: string, message: unknown): number {
  if (typeof message !== 'string') return 0
  const at = stack.slice(0, 1000).indexOf(message.slice(0, 100))
  return at < 0 ? 0 : at + message.length
}

/** `frames` without those by which this package and Node came to call what failed. */
function withoutCallers(frames: readonly string[]): readonly string[] {
  return frames.slice(0, frames.findLastIndex((frame) => !isOwn(frame)) + 1)
}

function isOwn(frame: string): boolean {
  return ownPlaces.some((place) => frame.includes(place))
}
