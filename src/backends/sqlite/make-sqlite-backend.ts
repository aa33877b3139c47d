import { statSync } from 'node:fs'
import type { LeaseRequest } from '../../queue/backend.ts'
import type { Change, Fence } from '../../queue/change.ts'
import { checkFence } from '../../queue/check-fence.ts'
import { checkToll } from '../../queue/check-gate.ts'
import { checkLeaseRequest } from '../../queue/check-question.ts'
import type { Clock } from '../../queue/clock.ts'
import type { Declaration } from '../../queue/declaration.ts'
import { BackendError } from '../../queue/errors.ts'
import { HeldLeases } from '../../queue/held-leases.ts'
import { apply } from '../../queue/rules/apply.ts'
import { pass } from '../../queue/rules/tolls.ts'
import { Group } from './commit/group.ts'
import { LastMeters } from './commit/last-meters.ts'
import { Metrics } from './commit/metrics.ts'
import { OpenTransaction } from './commit/open-transaction.ts'
import { declare } from './declare/declare.ts'
import { type Connection, setAutoCheckpoint } from './file/connection.ts'
import { isRefusal, isSqliteError } from './file/sqlite-error.ts'
import { Guests } from './guest/guests.ts'
import { makeInbox } from './inbox/make-inbox.ts'
import { settleEntry } from './inbox/settle-entry.ts'
import { Keeper } from './keeper/keeper.ts'
import { warnSeldom } from './keeper/warn-seldom.ts'
import { Claims } from './lease/claims.ts'
import { extend, renewHeld } from './lease/extend.ts'
import { lease, wouldLease } from './lease/lease.ts'
import { LeaseRows } from './lease/lease-rows.ts'
import { Mender } from './mend/mender.ts'
import { GatesInFile } from './read/gates.ts'
import { Reader } from './read/reader.ts'
import { makeReads } from './read/reads.ts'
import type { SqliteBackend } from './sqlite-backend.ts'
import type { QueueEntry } from './tables/queue-entry.ts'
import { touchWal } from './watch/wal-watch.ts'
import { Watchers } from './watch/watchers.ts'

/** What a `SqliteBackend` is made of. */
export interface SqliteParts {
  readonly db: Connection
  readonly clock: Clock
  readonly historyDays: number | undefined
  readonly valuesDays: number | undefined
  readonly onWarning: (message: string) => void
  readonly onNotice: (message: string) => void
}

/** The backend over a database that is open and migrated. */
export function makeSqliteBackend({
  db,
  clock,
  historyDays,
  valuesDays,
  onWarning,
  onNotice,
}: SqliteParts): SqliteBackend {
  const path = db.name
  const metrics = new Metrics()
  const reader = new Reader(path)
  const warn = warnSeldom(onWarning)
  const leases = new HeldLeases()
  const open = new OpenTransaction(db, leases)
  const leaseRows = new LeaseRows(db, open.counts)
  const gates = new GatesInFile(db)
  /** The inboxes in which entries wait again once the open transaction is committed. */
  const revived = new Set<string>()
  const watchers = new Watchers({ db, clock, registry: open.registry, warn })
  const renew = () => write(() => renewHeld(open))
  const keeper = new Keeper({
    path,
    clock,
    historyDays,
    valuesDays,
    leases,
    renew,
    checkpointHere,
    warn,
    notice: onNotice,
  })
  const guests = new Guests(db, clock)
  const group = new Group({
    db,
    open,
    clock,
    metrics,
    listener: {
      visible(queues) {
        for (const queue of queues) for (const name of open.registry.namesOf(queue)) watchers.notify(name)
      },
      committed() {
        if (open.news.isForOthers) touchWal(`${path}-wal`)
        watchers.expect(open)
        for (const gate of open.news.rung) watchers.notify(gate)
        // Entries of inboxes are read by another connection, which sees only what is committed.
        for (const inbox of revived) watchers.notify(inbox)
        revived.clear()
        lastMeters.expect()
        keeper.startSoon()
      },
    },
  })
  const claims = new Claims({ clock, open, write, warn })
  const mender = new Mender({ db, clock, open, read: readOnce, write, warn, recount: () => keeper.recount() })
  const lastMeters = new LastMeters({ clock, meters: open.meters, write })
  let closing: Promise<void> | undefined
  mender.open()

  function checkOpen(): void {
    if (closing) throw closed()
  }

  function closed(): BackendError {
    return new BackendError(`The database ${path} is closed.`, { isClosed: true })
  }

  // Not an async function: that would cost every hop one more promise.
  function write<T>(work: () => T): Promise<T> {
    return closing ? Promise.reject(closed()) : group.ask(work)
  }

  async function readOnce<T>(work: (db: Connection) => T): Promise<T> {
    checkOpen()
    return reader.readOnce(work)
  }

  const reads = makeReads({
    clock,
    queueOf,
    gathered: () => open.meters.gathered,
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

  /** The queue that `name` means now, outside of a transaction. */
  function queueOf(name: string): QueueEntry {
    open.registry.refresh()
    return open.registry.queue(name)
  }

  // An error here stops the transaction as well, which reports it.
  function mayLease(queue: string, request: LeaseRequest): boolean {
    try {
      return wouldLease(leaseRows, queueOf(queue), { request, clock, gates })
    } catch (error) {
      if (isSqliteError(error)) return true
      throw error
    }
  }

  // A row edited by hand can block every lease.
  function leaseOrHurry(name: string, request: LeaseRequest) {
    try {
      const queue = open.registry.queue(name)
      const leased = lease(open, leaseRows, { queue, request })
      if (leased.length > 0 && queue.role === 'review')
        claims.expect(Math.min(request.leaseMs, request.timeoutMs))
      return leased
    } catch (error) {
      if (isRefusal(error) || !isSqliteError(error)) mender.hurry()
      throw error
    }
  }

  // A lease that cannot be found here is not renewed; its answer will be refused with the reason.
  // May be called after `close`, for a lease whose request was under way then.
  function keep({ queue, id, hop, lease }: Fence, leaseMs: number, lost: () => void): () => void {
    if (closing) return () => {}
    try {
      // The lease call has just refreshed the registry: to check again for declarations would cost each hop a statement.
      const { workflow } = open.registry.queue(queue)
      const token = open.ids.of(workflow, id)
      return token === undefined ? () => {} : keeper.keep({ token, hop, lease }, leaseMs, lost)
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
    lastMeters.close()
    await mender.close()
    await group.idle()
    open.meters.hurry()
    if (!open.meters.isEmpty) group.runOnce()
    watchers.close()
    await keeper.close()
    await reader.close()
    db.close()
  }

  return {
    path,
    async declare(declaration: Declaration) {
      const { deploy, refs } = await write(() => declare(db, open, declaration))
      open.registry.bind(refs)
      guests.bind(refs)
      await mender.begin(declaration.workflow)
      if (declaration.queues.some(({ role }) => role === 'review')) claims.expect(0)
      return { deploy }
    },
    async lease(queue: string, request: LeaseRequest) {
      checkOpen()
      checkLeaseRequest(queue, request)
      keeper.expect(request.leaseMs)
      // Join a transaction that runs anyway; otherwise look first, so that idle workers take no write lock.
      if (!group.busy && !mayLease(queue, request)) return []
      return group.ask(() => leaseOrHurry(queue, request))
    },
    extend: (owner, fences) =>
      write(() => {
        fences.forEach(checkFence)
        return extend(open, owner, fences)
      }),
    keep,
    inbox: makeInbox({ db, open, reader: { readOnce }, write }),
    ...reads,
    commit: (changes: readonly Change[]) =>
      write(() => apply(open, changes, (change) => settleEntry(db, open, change, revived))),
    commitIn(transaction, changes) {
      checkOpen()
      return guests.commit(transaction, changes)
    },
    pass: (fence, toll) =>
      write(() => {
        checkFence(fence)
        checkToll(toll)
        return pass(open, fence, toll)
      }),
    watch: (listener) => watchers.add(listener),
    metrics: () => ({ commitMs: metrics.commitMs(), walBytes: walBytes(path) }),
    close: () => (closing ??= close()),
  }
}

const longWalBytes = 64 * 2 ** 20

function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}
