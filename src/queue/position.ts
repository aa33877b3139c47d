import { isMarkValue } from './check-marks.ts'
import { compareMarks } from './marks.ts'

/**
 * Where a page begins, as its cursor says it: after the message of a token that came to its queue at a wall time, or, where a mark
 * orders the rows, after the one that has that value.
 */
export type Position =
  | { readonly at: number; readonly token: number }
  | { readonly value: string | number; readonly token: number }

/** The cursor after a message. */
export function cursorAfter(position: Position): string {
  if ('at' in position) return `${position.at}-${position.token}`
  return `${Buffer.from(JSON.stringify(position.value)).toString('base64url')}~${position.token}`
}

/** Reads a cursor; undefined if it is none. */
export function readPosition(after: string): Position | undefined {
  const [, at, token] = /^(\d{1,15})-(\d{1,15})$/.exec(after) ?? []
  if (at !== undefined) return { at: Number(at), token: Number(token) }
  const [, text, marked] = /^([\w-]{1,6000})~(\d{1,15})$/.exec(after) ?? []
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return isMarkValue(value) ? { value, token: Number(marked) } : undefined
  } catch {
    return undefined
  }
}

/** The order of rows, with `sign` -1 the newest, or largest, first. Those without the mark are behind the others either way. */
export function comparePositions(a: Position, b: Position, sign: number): number {
  if ('value' in a) return 'value' in b ? sign * (compareMarks(a.value, b.value) || a.token - b.token) : -1
  return 'value' in b ? 1 : sign * (a.at - b.at || a.token - b.token)
}
