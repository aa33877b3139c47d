import type { Connection } from './connection.ts'
import { History } from './history.ts'
import { Registry } from './registry.ts'
import { Tokens } from './tokens.ts'
import { Turn } from './turn.ts'

/** What a commit writes to: the tables of the queues, the tokens, the history, and the transaction they share. */
export interface Ledger {
  readonly registry: Registry
  readonly tokens: Tokens
  readonly history: History
  readonly turn: Turn
}

/** The ledger of the database that `db` has open; it has to be migrated. */
export function makeLedger(db: Connection): Ledger {
  return { registry: new Registry(db), tokens: new Tokens(db), history: new History(db), turn: new Turn() }
}
