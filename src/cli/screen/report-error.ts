import { inspect } from 'node:util'
import { sayError } from '../../app/say-error.ts'
import { isPipewrightError } from '../../queue/errors.ts'
import { hidePasswords } from '../../queue/hide-passwords.ts'
import { isError } from '../../queue/thrown.mjs'
import { exitCodeOf, exitCodes } from '../exit-code.ts'
import { isDebugging } from './command-log.ts'
import type { Terminal } from './terminal.ts'

/** Where an error belongs, if it is not about the whole command: a line of a file, an id. */
interface Place {
  readonly place?: string | undefined
}

/** Writes `error` to `err`: `error: SENTENCE`, or with `json` an object with `code` and `message` on one line. */
export function reportError(
  terminal: Pick<Terminal, 'err' | 'paint'>,
  error: unknown,
  { json, place }: Place & { readonly json: boolean },
): void {
  const message = place === undefined ? sayError(error) : `${sayError(place)}: ${sayError(error)}`
  const stack = isDebugging() ? hidePasswords(inspect(error)) : undefined
  if (json) terminal.err(JSON.stringify({ code: codeOf(error), message, ...(place && { place }), stack }))
  else terminal.err(`${terminal.paint('red', 'error:')} ${stack ?? message}`)
}

const codes: Readonly<Record<number, string>> = { [exitCodes.usage]: 'usage', [exitCodes.dead]: 'dead' }

function codeOf(error: unknown): string {
  const pipewright = [error, isError(error) ? error.cause : undefined].find(isPipewrightError)
  return pipewright?.code ?? codes[exitCodeOf(error)] ?? 'failure'
}
