import type { Note, Why } from '../../../queue/change.ts'
import type { HistoryEvent } from '../../../queue/journey.ts'
import type { About, World } from '../../../queue/rules/world.ts'
import type { QueueEntry } from '../tables/queue-entry.ts'
import type { QueueNames } from '../tables/queue-names.ts'
import type { News } from './news.ts'
import type { TokenState } from './token-state.ts'
import type { Undo } from './undo.ts'

/** What the parts of a draft need of the draft around them. */
export interface Around extends World<QueueEntry> {
  readonly undo: Undo
  readonly queues: QueueNames
  readonly news: News
  readonly lanes: {
    readonly unblockAll: (queue: QueueEntry) => void
    readonly unblock: (queue: QueueEntry, key: string) => void
  }
  /** The tokens that it has changed. */
  readonly changed: Iterable<TokenState>
  /** A token as it is now in this transaction. */
  of(token: number): TokenState
  /** Whether a token enters in this transaction: then nothing of it is stored. */
  isNew(token: number): boolean
  /** Changes what few changes change. */
  amend(
    token: number,
    fields: Pick<Partial<TokenState>, 'content' | 'reply' | 'rev' | 'source' | 'brought'>,
  ): void
  /** Adds a line about a token, a queue, or neither. */
  say(about: About<QueueEntry>, event: HistoryEvent, note: Note & Why): void
  /** Has the transaction begin again without others beside it, unless it is alone already. */
  alone(): void
  /** Has the transaction begin again with a zone for itself, unless it has. */
  within(zone: string | undefined): void
}
