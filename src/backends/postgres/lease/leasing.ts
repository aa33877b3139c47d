import type { LeaseRequest } from '../../../queue/backend.ts'
import type { OpenTransaction } from '../commit/open-transaction.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { OwnLeases } from './make-ready.ts'

/** What a lease is made with. */
export interface Leasing {
  readonly open: OpenTransaction
  readonly queue: QueueEntry
  readonly request: LeaseRequest
  readonly own: OwnLeases
  /** Whether it may be asked again where another transaction has the messages in hand. */
  readonly isPatient: boolean
}
