import { BackendError, errorOf } from '../../queue/errors.ts'

/** What a route has answered: its status, and its body if that is an object in JSON. */
export interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/** A request has got no answer: it may have happened. */
export class UnansweredError extends BackendError {}

const proxyStatuses = [502, 503, 504]

/** The reply with the body `text`. */
export function replyOf(status: number, text: string): Reply {
  return { status, body: objectIn(text) }
}

/** What was asked for. Throws the server's own error, or a `BackendError`. */
export function answerIn({ status, body }: Reply, origin: string): Readonly<Record<string, unknown>> {
  const isOk = status >= 200 && status < 300
  if (isOk && body) return body
  if (!isOk && isRefusal(body)) throw errorFrom(body)
  const said = `The server at ${origin} answered ${status} with something that is not a backend's answer`
  // A proxy says so too when it has lost the answer, and a connection that breaks cuts one off.
  const isLost = isOk || proxyStatuses.includes(status)
  throw new (isLost ? UnansweredError : BackendError)(`${said}; is the address right?`)
}

/** Whether a body is an error of a served backend. */
export function isRefusal(body: Reply['body']): body is Readonly<Record<string, unknown>> {
  return typeof body?.['code'] === 'string'
}

/** The object that is written in `text`; undefined if there is none. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function errorFrom({ code, message, queue, id, issues }: Readonly<Record<string, unknown>>): Error {
  const said = textOf(message) ?? 'The server gave no reason.'
  if (code === 'forbidden') return new BackendError(said, { isForbidden: true })
  const error = errorOf(String(code), said, { queue: textOf(queue), id: textOf(id) })
  // Not through the constructor: the message names the issues already.
  return Array.isArray(issues) ? Object.assign(error, { issues }) : error
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
