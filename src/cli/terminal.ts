import { styleText } from 'node:util'

/** Where a command writes. Results go to `out`; what is said along the way, and errors, to `err`. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether a person watches each of them. */
  readonly outIsWatched: boolean
  readonly errIsWatched: boolean
  readonly columns: number
  /** Colours `text` for `err`, if a person watches and wants colours. */
  readonly paint: (style: Style, text: string) => string
}

/** The colours in use. */
export type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold'

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const { TERM, NO_COLOR } = process.env
  // Whoever read us may be gone (`| head`, a supervisor that was killed): not worth a crash.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  const errIsWatched = stderr.isTTY === true && TERM !== 'dumb'
  const isColoured = errIsWatched && !NO_COLOR
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    outIsWatched: stdout.isTTY === true && TERM !== 'dumb',
    errIsWatched,
    columns: (stderr.isTTY ? stderr.columns : stdout.columns) || 80,
    paint: (style, text) => (isColoured ? styleText(style, text) : text),
  }
}
