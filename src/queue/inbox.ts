import type { Change } from './change.ts'

/** An entry that another program has inserted into the inbox of a workflow, for a token to enter. */
export interface InboxEntry {
  readonly workflow: string
  /** Its number: entries are taken in in this order. */
  readonly n: number
  readonly id: string
  /** JSON text, as it was put in. */
  readonly value: string
  /** Smaller is sooner. */
  readonly priority: number
  /** Why no token can enter with it, whatever its workflow is; undefined if one may. */
  readonly fault?: string | undefined
}

/**
 * The inboxes of a database: a table for each workflow that has been declared, into which other programs insert in their
 * own transactions, with SQL alone. An entry that cannot enter is kept as `refused`, with the reason, until it is retried
 * (`revive`), cancelled (`take`) or deleted. Else an inbox is shown under its name as a queue with the role `inbox`,
 * in which waiting entries are ready, and refused ones dead.
 */
export interface Inbox {
  /** The name of the inbox of `workflow`; undefined if that has never been declared. */
  nameOf(workflow: string): string | undefined
  /** Entries of `workflow` that wait, with numbers over `after`, in their order: `limit` at most, and fewer if they are long. */
  entries(
    workflow: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly InboxEntry[]>
  /**
   * Takes `entry` out of the inbox and applies `changes`, in one commit; rejects as a commit does. False if it does not
   * wait there any more, as it was read: it was withdrawn or changed, or another process was first. Then nothing has
   * happened.
   */
  admit(entry: InboxEntry, changes: readonly Change[]): Promise<boolean>
  /** Keeps `entry` as refused, for the reason `why`. False if it does not wait there any more, as it was read. */
  refuse(entry: InboxEntry, why: string): Promise<boolean>
}
