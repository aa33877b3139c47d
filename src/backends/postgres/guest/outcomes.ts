import { keepContext } from '../../../queue/keep-context.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { Database } from '../server/database.ts'

/** It is asked first so soon, then ever more seldom, in milliseconds. */
const firstMs = 20
const mostMs = 1000

/**
 * Finds out what has become of the transactions of callers in which something was committed: only they know when these end. So that
 * workers, here and elsewhere, hear of what has entered soon after COMMIT, it is asked again and again while one is open. What its
 * caller has taken back by a savepoint of its own is told of too: those who hear find nothing.
 */
export class Outcomes {
  readonly #database: Database
  readonly #committed: (open: OpenTransaction) => void
  readonly #look: () => void
  #expected: { readonly xid: string; readonly open: OpenTransaction }[] = []
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #everyMs = firstMs
  #isClosed = false

  constructor(database: Database, committed: (open: OpenTransaction) => void) {
    this.#database = database
    this.#committed = committed
    this.#look = keepContext(() => void this.#ask())
  }

  /** Calls `committed` when the transaction `xid` was committed. */
  expect(xid: string, open: OpenTransaction): void {
    this.#expected.push({ xid, open })
    this.#everyMs = firstMs
    if (!this.#looking) this.#soon()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#looking
    await this.#ask()
    clearTimeout(this.#timer)
  }

  #soon(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#timer = setTimeout(this.#look, this.#everyMs).unref()
    this.#everyMs = Math.min(2 * this.#everyMs, mostMs)
  }

  #ask(): Promise<void> {
    this.#looking = this.#askAll()
      .catch(() => {
        // The watchers of each process look by themselves.
      })
      .finally(() => {
        this.#looking = undefined
        if (this.#expected.length > 0) this.#soon()
      })
    return this.#looking
  }

  async #askAll(): Promise<void> {
    const asked = this.#expected
    if (asked.length === 0) return
    const found = await this.#database.connected((client) =>
      this.#database.statements.rows<{ xid: string; status: string | null }>(
        client,
        'select x.xid, pg_xact_status(x.xid::xid8) as status from unnest($1::text[]) as x(xid)',
        [[...new Set(asked.map(({ xid }) => xid))]],
      ),
    )
    const statuses = new Map(found.map(({ xid, status }) => [xid, status]))
    this.#expected = this.#expected.filter(({ xid }) => {
      const status = statuses.get(xid)
      return status === undefined || status === 'in progress'
    })
    for (const { xid, open } of asked) if (statuses.get(xid) === 'committed') this.#committed(open)
  }
}
