import { statSync } from 'node:fs'
import type { LeaseRequest } from '../../queue/backend.ts'
import type { Change, Fence } from '../../queue/change.ts'
import { checkFence } from '../../queue/check-change.ts'
import { checkLeaseRequest } from '../../queue/check-question.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Declaration } from '../../queue/declaration.ts'
import { BackendError } from '../../queue/errors.ts'
import { apply } from './apply.ts'
import { Claims } from './claims.ts'
import { type Connection, setAutoCheckpoint } from './connection.ts'
import { declare } from './declaring.ts'
import { extend, renewHeld } from './extending.ts'
import { Group } from './group.ts'
import { Keeper } from './keeper.ts'
import { lease, wouldLease } from './leasing.ts'
import { makeLedger } from './ledger.ts'
import { Mender } from './mender.ts'
import { Metrics } from './metrics.ts'
import { pause } from './pausing.ts'
import type { QueueTable } from './queue-table.ts'
import { Reader } from './reader.ts'
import { makeReads } from './reads.ts'
import { Spare } from './spare.ts'
import type { SqliteBackend } from './sqlite-backend.ts'
import { isRefusal, isSqliteError } from './sqlite-error.ts'
import { touchWal } from './wal-watch.ts'
import { warnSeldom } from './warn-seldom.ts'
import { Watchers } from './watchers.ts'

/** What a `SqliteBackend` is made of. */
export interface SqliteParts {
  readonly db: Connection
  readonly clock: Clock
  readonly historyDays: number | undefined
  readonly onWarning: (message: string) => void
  readonly onNotice: (message: string) => void
}

/** The backend over a database that is open and migrated. */
export function makeSqliteBackend({
  db,
  clock,
  historyDays,
  onWarning,
  onNotice,
}: SqliteParts): SqliteBackend {
  const path = db.name
  const metrics = new Metrics()
  const reader = new Reader(path)
  const warn = warnSeldom(onWarning)
  const ledger = makeLedger(db, new Spare(path, warn))
  const watchers = new Watchers({ db, clock, registry: ledger.registry, spare: ledger.spare, warn })
  const keeper = new Keeper({
    path,
    clock,
    historyDays,
    leases: ledger.held,
    renew,
    checkpointHere,
    warn,
    notice: onNotice,
  })
  const group = new Group({
    db,
    ledger,
    clock,
    metrics,
    listener: {
      visible(tables) {
        for (const table of tables) for (const name of ledger.registry.namesOf(table)) watchers.tell(name)
      },
      committed() {
        if (ledger.turn.hasNews) touchWal(`${path}-wal`)
        watchers.expect(ledger.turn)
        keeper.startSoon()
      },
    },
  })
  const claims = new Claims({ clock, ledger, write, warn })
  const mender = new Mender({ db, clock, ledger, read: readOnce, write, warn })
  let closing: Promise<void> | undefined
  mender.open()

  function checkOpen(): void {
    if (closing) throw closed()
  }

  function closed(): BackendError {
    return new BackendError(`The database ${path} is closed.`, { isClosed: true })
  }

  // Not an async function: a hop would pay for one more promise.
  function write<T>(work: () => T): Promise<T> {
    return closing ? Promise.reject(closed()) : group.ask(work)
  }

  async function readOnce<T>(work: (db: Connection) => T): Promise<T> {
    checkOpen()
    return reader.readOnce(work)
  }

  /** The table of `queue` as it is now, outside of a transaction. */
  function tableOf(queue: string): QueueTable {
    ledger.registry.refresh()
    return ledger.registry.table(queue)
  }

  const reads = makeReads({
    clock,
    spare: ledger.spare,
    tableOf,
    reader: {
      readOnce,
      async read(work) {
        checkOpen()
        return reader.read(work)
      },
      async query(sql, maxRows) {
        checkOpen()
        return reader.query(sql, maxRows)
      },
    },
  })

  // What stops this look stops the transaction too, which says it.
  function mayLease(queue: string, request: LeaseRequest): boolean {
    try {
      return wouldLease(tableOf(queue), request, clock)
    } catch (error) {
      if (isSqliteError(error)) return true
      throw error
    }
  }

  // A row that a hand has broken may be in everybody's way.
  function leaseOrHurry(queue: string, request: LeaseRequest) {
    try {
      const table = ledger.registry.table(queue)
      const leased = lease(ledger, table, request)
      if (leased.length > 0 && table.entry.role === 'review')
        claims.expect(Math.min(request.leaseMs, request.timeoutMs))
      return leased
    } catch (error) {
      if (isRefusal(error) || !isSqliteError(error)) mender.hurry()
      throw error
    }
  }

  function renew() {
    return write(() => renewHeld(ledger))
  }

  // A lease that cannot be found here is not renewed; what is wrong will be said where it is answered.
  // It may be called for what a lease has brought that was under way when this was closed.
  function keep(fence: Fence, leaseMs: number, lost: () => void): () => void {
    if (closing) return () => {}
    try {
      // As the lease has found it just now: to look again whether queues were declared would cost each hop a statement.
      const table = ledger.registry.table(fence.queue)
      const token = ledger.tokens.refOf(table, fence.id)
      if (token === undefined) return () => {}
      const { hop, lease } = fence
      return keeper.keep({ queue: table.entry.ref, token, hop, lease }, leaseMs, lost)
    } catch (error) {
      warn(`A lease of ${path} is not renewed: ${(error as Error).message}`)
      return () => {}
    }
  }

  function checkpointHere(here: boolean): void {
    setAutoCheckpoint(db, here)
    if (here && walBytes(path) >= longWalBytes)
      warn(`The WAL of ${path} has grown past 64 MB; some process keeps a read transaction open for long.`)
  }

  async function close(): Promise<void> {
    claims.close()
    await mender.close()
    await group.idle()
    watchers.close()
    await keeper.close()
    await reader.close()
    db.close()
  }

  return {
    async declare(declaration: Declaration) {
      const { deploy, refs } = await write(() => declare(db, ledger, declaration))
      ledger.registry.bind(refs)
      await mender.begin(declaration.workflow)
      if (declaration.queues.some(({ role }) => role === 'review')) claims.expect(0)
      return { deploy }
    },
    async lease(queue: string, request: LeaseRequest) {
      checkOpen()
      checkLeaseRequest(queue, request)
      keeper.expect(request.leaseMs)
      // Whoever asks while a transaction is to be run anyway joins it; an idle worker does not start one.
      if (!group.busy && !mayLease(queue, request)) return []
      return group.ask(() => leaseOrHurry(queue, request))
    },
    extend: (owner, fences) =>
      write(() => {
        fences.forEach(checkFence)
        return extend(ledger, owner, fences)
      }),
    keep,
    ...reads,
    commit: (changes: readonly Change[]) => write(() => apply(ledger, changes)),
    pause: (queue, paused, by) => write(() => pause(db, ledger, { queue, paused, ...by })),
    watch: (listener) => watchers.add(listener),
    metrics: () => ({ commitMs: metrics.commitMs(), walBytes: walBytes(path) }),
    close: () => (closing ??= close()),
  }
}

const longWalBytes = 64 * 2 ** 20

function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}
