import type { Backend } from '../../queue/backend.ts'
import { checkChanges } from '../../queue/check-change.ts'
import { checkFence } from '../../queue/check-fence.ts'
import { checkToll } from '../../queue/check-gate.ts'
import { checkLeaseRequest } from '../../queue/check-question.ts'
import type { Clock } from '../../queue/clock.ts'
import { apply } from '../../queue/rules/apply.ts'
import { pass } from '../../queue/rules/tolls.ts'
import { Group } from './commit/group.ts'
import { MeterBook } from './commit/meter-book.ts'
import { needsOf, needsOfFences, zonesOf, zonesOfChanges } from './commit/needs-of.ts'
import type { OpenTransaction } from './commit/open-transaction.ts'
import type { Work } from './commit/request.ts'
import { Transaction } from './commit/transaction.ts'
import { Turns } from './commit/turns.ts'
import { declare } from './declare/declare.ts'
import { Guests } from './guest/guests.ts'
import { Express } from './hop/express.ts'
import { Isolation } from './hop/isolation.ts'
import { plainEntry } from './hop/plain-entry.ts'
import { plainHop } from './hop/plain-hop.ts'
import { plainLease } from './hop/plain-lease.ts'
import { makeInbox } from './inbox/make-inbox.ts'
import { applyWithEntries, mayBeEntries } from './inbox/settle-entries.ts'
import { Keeper } from './keeper/keeper.ts'
import { extend } from './lease/extend.ts'
import { HeldTokens } from './lease/held-tokens.ts'
import { findToken, keepLater } from './lease/keep-later.ts'
import { lease } from './lease/lease.ts'
import { makeReads } from './read/reads.ts'
import type { Database } from './server/database.ts'
import { slots } from './tables/slots.ts'
import { choresOf } from './upkeep/chores.ts'
import { Upkeep } from './upkeep/upkeep.ts'
import { Hearing } from './watch/hearing.ts'
import { Watchers } from './watch/watchers.ts'

/** What a backend is made of. */
export interface PostgresParts {
  readonly database: Database
  /** The number of this opening of the database. */
  readonly instance: number
  /** The names of the inboxes that there are, by workflow. */
  readonly inboxes: Map<string, string>
  readonly clock: Clock
  /** Whether other processes are told by NOTIFY. */
  readonly notifies: boolean
  readonly historyDays: number | undefined
  readonly valuesDays: number | undefined
  /** What a thread reaches the database by; undefined where only the pool of the user knows. */
  readonly reach: { readonly url: string | undefined } | undefined
  readonly onWarning: (message: string) => void
  readonly onNotice: (message: string) => void
}

/** The backend over a schema that is up to date. */
export function makePostgresBackend({
  database,
  instance,
  inboxes,
  clock,
  notifies,
  historyDays,
  valuesDays,
  reach,
  onWarning,
  onNotice,
}: PostgresParts): Backend {
  const hearing = new Hearing(database, { instance, isOn: notifies })
  const watchers = new Watchers({ database, clock, hearing, warn: onWarning })
  const held = new HeldTokens()
  const isolation = new Isolation(database.where, onWarning)
  const slot = instance % slots
  const turns = new Turns(database, instance)
  const express = new Express({
    ...{ database, slot, turns, held, isolation },
    visible: (queues) => watchers.announce(queues),
    committed({ meters: more, news, session }) {
      meters.add(more)
      watchers.committed(news, session)
    },
  })
  const group = new Group({
    database,
    transaction: new Transaction(database, slot, turns),
    express: (requests, more) => express.take(requests, more),
    committed,
  })
  const guests = new Guests(database, committed)
  const meters = new MeterBook({ clock, ask: (work) => group.ask(work) })
  const upkeep = new Upkeep({
    ...{ database, warn: onWarning, notice: onNotice },
    chores: choresOf({ historyDays, valuesDays, where: database.where }),
  })
  const keeper = new Keeper({ database, clock, reach, warn: onWarning })
  let closing: Promise<void> | undefined

  function committed(open: OpenTransaction): void {
    meters.add(open.meters)
    watchers.committed(open.news, open.session)
  }

  function workflowOf(name: string): string {
    return database.names.find(name)?.workflow ?? ''
  }

  function write<T>(work: Work<T>): Promise<T> {
    return closing ? Promise.reject(database.closedError()) : group.ask(work)
  }

  async function close(): Promise<void> {
    database.refuse()
    await group.idle()
    await keeper.close()
    await upkeep.close()
    await guests.close()
    meters.close()
    await meters.write().catch(() => {})
    await group.idle()
    watchers.close()
    await database.close()
  }

  return {
    async declare(declaration) {
      const { deploy, refs, inbox } = await write({
        isAlone: true,
        run: (open) => declare(open, declaration),
      })
      database.bind(refs)
      if (inbox !== undefined) inboxes.set(declaration.workflow, inbox)
      return { deploy }
    },
    async lease(name, request) {
      if (closing) throw database.closedError()
      checkLeaseRequest(name, request)
      keeper.expect(request.leaseMs)
      const rows = await write({
        plainLease: (queues) => plainLease(name, request, queues),
        zones: (queues) => zonesOf(queues, [queues.find(name)]),
        run: (open, isPatient) =>
          lease({ open, queue: open.queues.queue(name), request, own: keeper, isPatient }),
      })
      held.learn(workflowOf(name), rows)
      return rows
    },
    keep(fence, leaseMs, lost) {
      const { hop, lease } = fence
      const keepAs = (token: number) => keeper.keep({ token, hop, lease }, leaseMs, lost)
      const token = held.of(workflowOf(fence.queue), fence.id)
      return token === undefined ? keepLater(findToken(database, fence), keepAs) : keepAs(token)
    },
    async extend(owner, fences) {
      if (closing) throw database.closedError()
      fences.forEach(checkFence)
      return write({
        needs: (queues) => needsOfFences(fences, queues),
        run: (open) => extend(open, owner, fences),
      })
    },
    inbox: makeInbox({ database, names: inboxes, write }),
    ...makeReads(database, meters),
    async commit(changes) {
      if (closing) throw database.closedError()
      checkChanges(changes)
      if (mayBeEntries(changes, database.names))
        return write({
          zones: (queues) => zonesOfChanges(changes, queues),
          needs: (queues) => needsOf(changes, queues),
          run: (open) => applyWithEntries(open, changes),
        })
      return write({
        plainHop: (queues) => plainHop(changes, queues, held),
        plainEntry: (queues) => plainEntry(changes, queues),
        zones: (queues) => zonesOfChanges(changes, queues),
        needs: (queues) => needsOf(changes, queues),
        rules: (draft) => apply(draft, changes),
      })
    },
    async commitIn(transaction, changes) {
      // Whatever becomes of them, where they are promised.
      Promise.resolve(changes).catch(() => {})
      if (closing) throw database.closedError()
      return guests.commit(transaction, changes)
    },
    async pass(fence, toll) {
      if (closing) throw database.closedError()
      checkFence(fence)
      checkToll(toll)
      // What its lease has paid beside the gates of its queue is given back by the rules.
      held.forget(workflowOf(fence.queue), fence.id)
      return write({
        zones: (queues) => [queues.zoneOfGate(toll.gate), ...zonesOf(queues, [queues.find(fence.queue)])],
        needs: (queues) => needsOfFences([fence], queues),
        rules: (draft) => pass(draft, fence, toll),
      })
    },
    watch: (listener) => watchers.add(listener),
    close: () => (closing ??= close()),
  }
}
