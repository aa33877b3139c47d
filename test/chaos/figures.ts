import { appendFileSync } from 'node:fs'
import { expect } from 'vitest'

/** What a test of survival was asked for and what it saw. */
export interface Figure {
  readonly what: string
  readonly demanded: string
  readonly seen: string | number
  readonly ok: boolean
}

/**
 * Asserts `ok`, and puts a line into the table that `npm run chaos` prints at its end. Lines of the same `what` and
 * `demanded`, as of several seeds, become one.
 */
export function figure(what: string, demanded: string, seen: string | number, ok: boolean): void {
  const { CHAOS_FIGURES } = process.env
  const line: Figure = { what, demanded, seen, ok }
  if (CHAOS_FIGURES) appendFileSync(CHAOS_FIGURES, `${JSON.stringify(line)}\n`)
  expect(ok, `${what}: ${demanded}, and not ${seen}`).toBe(true)
}
