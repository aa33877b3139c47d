import { existsSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { findUpFile } from '../../app/up/find-up-file.ts'
import { UsageError } from '../../app/usage-error.ts'
import { existingFile } from '../open-target.ts'
import { homeOf, type Notice, readNotice, recallHome } from './home.ts'

/** Which `up` is meant: that with this file, or that on this database. */
export interface WhichUp {
  readonly config?: string | undefined
  readonly db?: string | undefined
}

/** An `up` that runs, seen from another process. */
export interface FoundUp extends Notice {
  /** Asks it, and resolves with the answer. Rejects with a `UsageError` that has its sentence if it refuses. */
  readonly ask: (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>
  /** Asks it for what comes bit by bit, until it ends or `signal` aborts. */
  readonly stream: (path: string, signal: AbortSignal) => Promise<IncomingMessage>
}

const elsewhere =
  'An `up` on a database that is no file of this machine is found by its own file, --config FILE'

/** Finds the `up` that is meant. Throws a `UsageError` if none runs there. */
export function findUp({ config, db }: WhichUp): FoundUp {
  const file = db === undefined ? findUpFile(config) : undefined
  const home = db === undefined ? recallHome(file!) : homeOf(existingFile(db, elsewhere), resolve(db))
  return findUpIn(home, () => new UsageError(sayNone(file, db)))
}

/** The `up` in the folder `home`. Throws `none()` if there is none. */
export function findUpIn(home: string | undefined, none: () => Error): FoundUp {
  const notice = home === undefined ? undefined : readNotice(home)
  if (!notice || !existsSync(notice.socket)) throw none()
  const send = async (method: string, path: string, body?: object, signal?: AbortSignal) => {
    const answer = await sendTo(notice.socket, { method, path, body, signal, none })
    if (answer.statusCode === 200) return answer
    const { code, message } = Refusal.parse(JSON.parse(await text(answer)))
    throw answer.statusCode! < 500 ? new UpRefusal(code, message) : new Error(message)
  }
  return {
    ...notice,
    ask: async (method, path, body) => JSON.parse(await text(await send(method, path, body))),
    stream: (path, signal) => send('GET', path, undefined, signal),
  }
}

const Refusal = z.object({ code: z.string(), message: z.string() })

/** What an `up` has refused, in its sentence. */
export class UpRefusal extends UsageError {
  /** `not_found` or `invalid`. */
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

function sendTo(
  socketPath: string,
  {
    method,
    path,
    body,
    signal,
    none,
  }: {
    readonly method: string
    readonly path: string
    readonly body: object | undefined
    readonly signal: AbortSignal | undefined
    readonly none: () => Error
  },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = body && { 'content-type': 'application/json' }
    const asked = request(
      { socketPath, method, path, ...(headers && { headers }), ...(signal && { signal }) },
      resolve,
    )
    asked.once('error', (error: NodeJS.ErrnoException) => reject(sayError(error, none)))
    asked.end(body && JSON.stringify(body))
  })
}

function sayError(error: NodeJS.ErrnoException, none: () => Error): Error {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return none()
  if (error.code === 'EACCES')
    return new UsageError('This `pipewright up` is steered by the user who has started it.')
  if (error.code === 'ECONNRESET') return new Error('`pipewright up` has ended before it answered.')
  return error
}

function sayNone(file: string | undefined, db: string | undefined): string {
  if (file === undefined) return `No \`pipewright up\` runs on ${db}.`
  return `No \`pipewright up\` runs with ${file} that you have started; of another one say the database, with --db FILE.`
}
