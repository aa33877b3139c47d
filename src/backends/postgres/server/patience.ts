/** For so long a write begins again while the server cannot be reached, in milliseconds; and one as the backend closes. */
export const lostMs = 30_000
export const closingMs = 3000

/** The same of what only reads. */
export const lostReadMs = 5000

/** For so long the answer to a statement is waited for, in milliseconds, until its connection counts as lost. */
export const answerMs = 60_000

/** The same of what may take long: a declaration, the upkeep. */
export const longAnswerMs = 600_000

/** The same of a migration. */
export const migrationMs = 86_400_000

/** For so long a server that starts, or cannot be reached, is waited for as a database is opened, in milliseconds, unless told. */
export const openingMs = 60_000

/** After so long the server ends a transaction that its process has left alone, in milliseconds: it keeps others from what it locks. */
const idleMs = 30_000

/** Says so in a transaction, whatever is set for the role. */
export const ownIdle = `set local idle_in_transaction_session_timeout = ${idleMs}`

/** For so long a pool of ours tries to connect, in milliseconds. */
export const connectMs = 10_000

const firstMs = 50
const longestMs = 1000

/** Waits before the `tries`th try to reach a server again, so that not all of its processes come at once. */
export function pauseLost(tries: number): Promise<void> {
  const ms = Math.min(longestMs, firstMs * 2 ** (tries - 1))
  return new Promise((resolve) => setTimeout(resolve, ms * (0.5 + Math.random() / 2)))
}

/** A time in which a server cannot be reached, from the first failure that is borne. */
export class Outage {
  readonly #patienceMs: () => number
  #since: number | undefined
  #tries = 0

  /** `patienceMs` says for how many milliseconds it is borne. */
  constructor(patienceMs: () => number) {
    this.#patienceMs = patienceMs
  }

  /** Waits a moment; rejects with `error` once it has lasted too long. */
  async bear(error: unknown): Promise<void> {
    this.#since ??= performance.now()
    if (performance.now() - this.#since > this.#patienceMs()) throw error
    await pauseLost(++this.#tries)
  }
}

/** How it is waited for a server as a database is opened. */
interface Opening {
  /** Whether an error is one that passes. */
  readonly bears: (error: unknown) => boolean
  /** For so long, in milliseconds. */
  readonly waitMs: number
  /** Called once, with the first of them. */
  readonly warn?: (error: unknown) => void
}

/** Does `work` as soon as the server can be reached; rejects with the last error if that takes too long, or with any that does not pass. */
export async function whenReachable<T>(work: () => Promise<T>, { bears, waitMs, warn }: Opening): Promise<T> {
  const outage = new Outage(() => waitMs)
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!bears(error) || waitMs === 0) throw error
      if (tries === 1) warn?.(error)
      await outage.bear(error)
    }
  }
}
