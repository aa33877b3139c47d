import type { Terminal } from './terminal.ts'

/** Lines for people: some scroll by, a few at the bottom stay and change in place. */
export interface Screen {
  /** Writes a line that scrolls by. */
  readonly pass: (line: string) => void
  /** Replaces the lines at the bottom. Does nothing where no person watches. */
  readonly stay: (lines: readonly string[]) => void
}

/** The screen on `terminal`'s `err`. */
export function makeScreen({
  err,
  errIsWatched,
  columns,
}: Pick<Terminal, 'err' | 'errIsWatched' | 'columns'>): Screen {
  if (!errIsWatched) return { pass: err, stay() {} }
  let staying: readonly string[] = []
  // From the first column: the terminal may have written a ^C.
  const clear = () => (staying.length > 0 ? `\r\x1b[${staying.length}A\x1b[0J` : '')
  const draw = (above: readonly string[], lines: readonly string[]) => {
    // A line that wraps would make the cursor go back too few lines.
    const cut = lines.map((line) => (line.length < columns ? line : line.slice(0, columns - 1)))
    const text = [...above, ...cut].join('\n')
    // `err` ends the line: with nothing to show it has to end the one above.
    if (text !== '' || staying.length > 0) err(clear() + (text || '\x1b[1A'))
    staying = cut
  }
  return {
    pass: (line) => draw([line], staying),
    stay(lines) {
      if (lines.length !== staying.length || lines.some((line, i) => line !== staying[i])) draw([], lines)
    },
  }
}
