import { setImmediate } from 'node:timers/promises'
import { styleText } from 'node:util'

/** Where a command writes. Results go to `out`; notices, logs and errors to `err`. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether a person watches each of them. */
  readonly outIsWatched: boolean
  readonly errIsWatched: boolean
  readonly columns: number
  /** Colours `text` for `err`, if a person watches and wants colours. */
  readonly paint: (style: Style, text: string) => string
  /** Aborts when the reader of `out` has gone (`| head`): there is no use in further output. */
  readonly gone: AbortSignal
  /** Resolves when all that was written has been taken. Rejects with a sentence if `out` could not take it. */
  readonly drained: () => Promise<void>
}

/** The colours in use. */
export type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold'

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const { TERM, NO_COLOR } = process.env
  const gone = new AbortController()
  let refusal: Error | undefined
  // A reader that has gone (`| head`, a supervisor that was killed) is no reason for a crash; a full disk is reported.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') refusal ??= new Error(`The output could not be written: ${error.message}.`)
    gone.abort()
  })
  stderr.on('error', () => {})
  const errIsWatched = stderr.isTTY === true && TERM !== 'dumb'
  const isColoured = errIsWatched && !NO_COLOR
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    outIsWatched: stdout.isTTY === true && TERM !== 'dumb',
    errIsWatched,
    columns: (stderr.isTTY ? stderr.columns : stdout.columns) || 80,
    paint: (style, text) => (isColoured ? styleText(style, text) : text),
    gone: gone.signal,
    async drained() {
      await Promise.all([drain(stdout), drain(stderr)])
      // A stream emits its error after it has called back.
      await setImmediate()
      if (refusal) throw refusal
    },
  }
}

// The callback comes after all that was written before, also where the reader has gone meanwhile.
function drain(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}
