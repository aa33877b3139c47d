import type { PoolClient } from 'pg'
import type { Database } from '../server/database.ts'
import { literal, quoted } from '../server/qualify.ts'

/** What a process tells the others of its transactions. */
export interface Heard {
  /** The numbers of the queues in which something has become visible. */
  readonly queues: readonly number[]
  /** The names of gates at which more may pass. */
  readonly gates: readonly string[]
  /** Milliseconds until something is due. */
  readonly dueIn: number | undefined
}

/** A payload may be 8,000 bytes long, https://www.postgresql.org/docs/current/sql-notify.html */
const mostBytes = 7900
const againMs = 1000
const countMs = 1000
/** What was found is gone by from then on. */
const answeredMs = 250

/**
 * Tells other processes what they wait for, and hears it of them, by LISTEN and NOTIFY. It is said after the transaction, by itself:
 * in the transaction it would make all commits of the database wait for each other. What is not heard is found by the next look.
 */
export class Hearing {
  readonly #database: Database
  readonly #channel: string
  readonly #instance: number
  readonly #isOn: boolean
  #hear: ((heard: Heard | undefined) => void) | undefined
  #client: PoolClient | undefined
  #release: (() => void) | undefined
  #waiting: { queues: Set<number>; gates: Set<string>; dueIn: number } | undefined
  #isSaying = false
  /** How many others were found to listen, and when, by `performance.now`. */
  #others = 0
  #countedAt = Number.NEGATIVE_INFINITY

  constructor(database: Database, { instance, isOn }: { readonly instance: number; readonly isOn: boolean }) {
    this.#database = database
    this.#channel = `pipewright/${database.schema}`.slice(0, 63)
    this.#instance = instance
    this.#isOn = isOn
  }

  /** Whether what others say is heard. */
  get isHearing(): boolean {
    return this.#client !== undefined
  }

  // Others that listen hold a lock as long as their session lasts; how many there are is looked up once a second.
  async #hasOthers(): Promise<boolean> {
    const now = performance.now()
    if (now - this.#countedAt < countMs) return this.#others > 0
    this.#countedAt = now
    const own = this.isHearing ? 1 : 0
    const [found] = await this.#database.connected((client) =>
      this.#database.statements.run<{ listeners: number }>(
        client,
        `select count(*)::integer as listeners from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted
           and database = (select oid from pg_database where datname = current_database())
           and classid = (hashtext(${this.#lockName})::bigint & 4294967295)::oid and objsubid = 2`,
      ),
    )
    this.#others = found!.listeners - own
    return this.#others > 0
  }

  get #lockName(): string {
    return literal(`${this.#database.schema}/listening`)
  }

  /** Tells the others. Several transactions in a row are told of at once. */
  say({ queues, gates, dueIn }: Heard): void {
    if (!this.#isOn || (queues.length === 0 && gates.length === 0 && dueIn === undefined)) return
    this.#waiting ??= { queues: new Set(), gates: new Set(), dueIn: Number.POSITIVE_INFINITY }
    for (const queue of queues) this.#waiting.queues.add(queue)
    for (const gate of gates) this.#waiting.gates.add(gate)
    this.#waiting.dueIn = Math.min(this.#waiting.dueIn, dueIn ?? Number.POSITIVE_INFINITY)
    if (!this.#isSaying) void this.#sayAll()
  }

  async #sayAll(): Promise<void> {
    this.#isSaying = true
    while (this.#waiting) {
      const { queues, gates, dueIn } = this.#waiting
      this.#waiting = undefined
      const text = JSON.stringify([
        this.#instance,
        [...queues],
        [...gates],
        Number.isFinite(dueIn) ? Math.ceil(dueIn) : null,
      ])
      const payload = Buffer.byteLength(text) > mostBytes ? JSON.stringify([this.#instance]) : text
      try {
        if (!(await this.#hasOthers())) continue
        await this.#database.connected((client) =>
          this.#database.statements.rows(client, 'select pg_notify($1, $2)', [this.#channel, payload]),
        )
      } catch {
        // The others look by themselves.
      }
    }
    this.#isSaying = false
  }

  /** Calls `hear` with what others say, and without anything when something may have been missed. */
  begin(hear: (heard: Heard | undefined) => void): void {
    this.#hear = hear
    if (this.#isOn && !this.#client) void this.#listen()
  }

  end(): void {
    this.#hear = undefined
    this.#release?.()
  }

  async #listen(): Promise<void> {
    try {
      await this.#database.connected(async (client) => {
        if (!this.#hear) return
        const lost = new AbortController()
        const isLost = () => lost.abort(new Error('The connection has ended.'))
        const ended = new Promise<void>((resolve, reject) => {
          this.#release = resolve
          lost.signal.addEventListener('abort', () => reject(lost.signal.reason))
        })
        ended.catch(() => {})
        client.on('end', isLost).on('error', isLost)
        client.on('notification', this.#notified)
        try {
          await this.#database.statements.run(
            client,
            `set idle_session_timeout = 0; select pg_advisory_lock_shared(hashtext(${this.#lockName}), 0); listen ${quoted(this.#channel)}`,
          )
          this.#client = client
          this.#hear(undefined)
          // For so long others may go by a count in which this process is not, and tell it nothing.
          const missed = setTimeout(() => this.#hear?.(undefined), countMs + answeredMs).unref()
          await ended.finally(() => clearTimeout(missed))
          await this.#database.statements.run(
            client,
            `reset idle_session_timeout; unlisten ${quoted(this.#channel)}; select pg_advisory_unlock_shared(hashtext(${this.#lockName}), 0)`,
          )
        } finally {
          this.#client = undefined
          client.off('notification', this.#notified).off('end', isLost).off('error', isLost)
        }
      })
    } catch {
      // Until it hears again, the process looks more often.
    }
    if (this.#hear) setTimeout(() => this.#hear && !this.#client && void this.#listen(), againMs).unref()
  }

  readonly #notified = ({
    channel,
    payload = '',
  }: {
    channel: string
    payload?: string | undefined
  }): void => {
    if (channel !== this.#channel) return
    const heard = read(payload)
    if (heard?.[0] === this.#instance) return
    if (!heard || heard.length < 4) return this.#hear?.(undefined)
    this.#hear?.({ queues: heard[1]!, gates: heard[2]!, dueIn: heard[3] ?? undefined })
  }
}

type Payload = readonly [number, (readonly number[])?, (readonly string[])?, (number | null)?]

// Anybody may notify of anything.
function read(payload: string): Payload | undefined {
  try {
    const found: unknown = JSON.parse(payload)
    return Array.isArray(found) ? (found as unknown as Payload) : undefined
  } catch {
    return undefined
  }
}
