/** What a request to the double asks for, by the name that S3 has for it. */
export interface Asked {
  readonly action: string
  readonly key: string
  readonly part: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/**
 * What goes wrong with a request: an answer of this status and code instead of any effect; an error within an answer of
 * 200; another document instead of its own; the connection is cut before the body is read, or after it took effect (`lost`); it is answered as if it had taken
 * effect (`forgotten`); it is never answered.
 */
export type Fault =
  | { readonly status: number; readonly code?: string }
  | { readonly in200: string }
  | { readonly document: string }
  | 'cut'
  | 'lost'
  | 'forgotten'
  | 'unanswered'

const errors = (status: number) =>
  ['PreconditionFailed', 'ConditionalRequestConflict'][[412, 409].indexOf(status)]

/** The body of an error. */
export function errorXml(status: number, code = errors(status) ?? 'Error'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${status} &amp; sorry</Message></Error>`
}
