import type { Agent } from 'undici'
import { Defect } from '../defect.ts'
import type { Asking } from './asking.ts'
import { type Answer, beginningOf, drop } from './body.ts'
import type { Login } from './login.ts'
import { failedAnswer, GrinClosed } from './troubles.ts'

/** What is asked. */
interface Question {
  /** After the directory: `_converted?format=text`. */
  readonly path: string
  /** What an error calls it: "the list of converted books". */
  readonly what: string
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  /** Whether a 429 is an answer to it; else it closes the gate of all requests. */
  readonly mayBeFull?: boolean
}

/** Asks GRIN, as a person who has logged in. */
export type Ask = (question: Question, asking: Asking) => Promise<Answer>

/** Where GRIN is. */
export interface GrinPlace {
  /** `https://books.google.com/libraries` by default. */
  readonly base?: string
  /** The library's directory, in upper and lower case as GRIN has it. */
  readonly directory: string
  readonly login: Login
}

/** Milliseconds, as other clients of GRIN have them. */
const timeouts = { connect: 10_000, headers: 30_000, body: 30_000 }
const mostRedirects = 5
/** The status of an answer that says there is too much of what is asked. */
export const tooMany = 429

/**
 * Makes a function that asks GRIN. Each request waits for the gate. A login that has expired is renewed once. It rejects with
 * `GrinClosed` where nothing can be had for a while, with a `Defect` of the kind `GRINError` where the answer is a failure of the server,
 * and resolves with everything else, 404 included.
 */
export function asker({ base = 'https://books.google.com/libraries', directory, login }: GrinPlace): Ask {
  const root = `${base.replace(/\/+$/, '')}/${encodeURIComponent(directory)}/`
  // Loaded by the processes that ask, and by no other.
  let agent: Agent | undefined
  return async (question, asking) => {
    let token = await login.token()
    let isRenewed = false
    let url = new URL(question.path, root)
    for (let redirects = 0; ; ) {
      await asking.pass()
      agent ??= new (await import('undici')).Agent({ connect: { timeout: timeouts.connect } })
      const answer = await send(
        agent,
        { url, token: isTrusted(url, root) ? token : undefined },
        question,
        asking,
      )
      const to = redirectOf(answer, url)
      if (answer.statusCode === 401 || (to && isLogin(to))) {
        await drop(answer)
        if (isRenewed) throw new GrinClosed('GRIN does not take the login; log in again.')
        isRenewed = true
        token = await login.renew(token)
        url = new URL(question.path, root)
      } else if (to) {
        await drop(answer)
        if (++redirects > mostRedirects)
          throw failedAnswer(question.what, { status: answer.statusCode, detail: 'too many redirects' })
        url = to
      } else return judged(answer, question, directory)
    }
  }
}

async function send(
  dispatcher: Agent,
  { url, token }: { readonly url: URL; readonly token: string | undefined },
  { what, method = 'GET', headers }: Question,
  { signal }: Asking,
): Promise<Answer> {
  try {
    const { request } = await import('undici')
    return await request(url, {
      dispatcher,
      method,
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      signal,
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.body,
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw failedAnswer(what, { cause, detail: (cause as NodeJS.ErrnoException).code ?? '' })
  }
}

function redirectOf({ statusCode, headers: { location } }: Answer, from: URL): URL | undefined {
  if (statusCode < 300 || statusCode > 399 || typeof location !== 'string') return undefined
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
}

function isLogin({ pathname }: URL): boolean {
  return /\/ServiceLogin\b/.test(pathname)
}

// The token opens all of a library's books, so it goes where GRIN is, and to Google, only.
function isTrusted({ origin, protocol, hostname }: URL, root: string): boolean {
  return (
    origin === new URL(root).origin ||
    (protocol === 'https:' && /(^|\.)google(usercontent)?\.com$/.test(hostname))
  )
}

async function judged(answer: Answer, { what, mayBeFull }: Question, directory: string): Promise<Answer> {
  const { statusCode: status, headers } = answer
  if (status < 400 || status === 404 || status === 416) return answer
  if (status === tooMany && mayBeFull) return answer
  const detail = await beginningOf(answer)
  if (status === 403) throw new GrinClosed(`GRIN gives this login no right to the directory ${directory}.`)
  if (status === tooMany || (status === 503 && headers['retry-after'] !== undefined))
    throw new GrinClosed(`GRIN asks to come back later (${status}).`, { forMs: retryAfterMs(answer) })
  if (status >= 500) throw failedAnswer(what, { status, detail })
  throw new Defect('UnknownAnswer', `GRIN answered ${status} to ${what}.`, { actual: status, detail })
}

const shortestRetryMs = 1000
const longestRetryMs = 24 * 3_600_000

/** What `Retry-After` says, in milliseconds from now, within a second and a day; a minute where it says nothing. RFC 9110, 10.2.3 */
function retryAfterMs({ headers: { 'retry-after': after } }: Answer, now = Date.now()): number {
  if (typeof after !== 'string') return 60_000
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now
  return Number.isNaN(ms) ? 60_000 : Math.min(Math.max(ms, shortestRetryMs), longestRetryMs)
}
