import { Arrivals } from './arrivals.ts'
import type { Connection } from './connection.ts'
import { Departures } from './departures.ts'
import { HeldLeases } from './held-leases.ts'
import { History } from './history.ts'
import { Owners } from './owners.ts'
import { Registry } from './registry.ts'
import type { Spare } from './spare.ts'
import { Tokens } from './tokens.ts'
import { Turn } from './turn.ts'

/** What a commit writes to: the tables of the queues, the tokens, the history, and the transaction they share. */
export interface Ledger {
  readonly registry: Registry
  readonly tokens: Tokens
  readonly history: History
  readonly owners: Owners
  readonly turn: Turn
  readonly departures: Departures
  readonly arrivals: Arrivals
  /** What this process holds just now. */
  readonly held: HeldLeases
  /** What spares other queues the fault of one. */
  readonly spare: Spare
}

/** The ledger of the database that `db` has open; it has to be migrated. */
export function makeLedger(db: Connection, spare: Spare): Ledger {
  const turn = new Turn()
  const owners = new Owners(db)
  return {
    registry: new Registry(db),
    tokens: new Tokens(db),
    history: new History(db, owners),
    owners,
    turn,
    departures: new Departures(turn),
    arrivals: new Arrivals(turn),
    held: new HeldLeases(),
    spare,
  }
}

/**
 * Writes what the open transaction has only gathered so far, but for the history, in which nobody looks meanwhile. Throws
 * what one of its callers has to be told.
 */
export function settle({ departures, arrivals }: Ledger): void {
  departures.settle()
  arrivals.settle()
}

/** Remembers what was learnt in a transaction that has been committed. */
export function publish({ owners, registry, tokens }: Ledger): void {
  owners.committed()
  registry.committed()
  tokens.committed()
}

/** Forgets what a transaction, or a caller's part of it, has gathered and learnt that is rolled back. */
export function clear({ departures, arrivals, history, owners, registry, tokens }: Ledger): void {
  departures.clear()
  arrivals.clear()
  history.clear()
  owners.clear()
  registry.clear()
  tokens.clear()
}
