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
  figures([{ what, demanded, seen, ok }])
}

/** Does the same for several at once: one that is wrong does not keep the others out of the table. */
export function figures(lines: readonly Figure[]): void {
  const { CHAOS_FIGURES } = process.env
  if (CHAOS_FIGURES) {
    const { testPath: file } = expect.getState()
    appendFileSync(CHAOS_FIGURES, lines.map((line) => `${JSON.stringify({ ...line, file })}\n`).join(''))
  }
  const wrong = lines.filter(({ ok }) => !ok)
  expect(wrong.map(({ what, demanded, seen }) => `${what}: ${demanded}, and not ${seen}`)).toEqual([])
}
