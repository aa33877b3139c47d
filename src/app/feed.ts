import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'

/** Where tokens come from that enter by themselves, a few at a time. */
export interface Feed {
  /** So many tokens are to be under way, from 1. What waits for a person, is dead or has finished is not. */
  readonly underWay: number
  /**
   * The next ids, at most `count`; fewer say that there are no more for now. They are asked for again until `entered` has been called with
   * them, so an id may come twice: a known one is left as it is, unless it is to enter `again`.
   */
  readonly next: (count: number) => Iterable<string | FedAgain> | AsyncIterable<string | FedAgain>
  /** Is called with ids that have entered, or were known, or were refused. */
  readonly entered?: (ids: readonly string[]) => unknown
}

/** An id that may be known, and enters anew then, once it has finished: one that has not is passed over, and asked for again. */
export interface FedAgain {
  readonly id: string
  /** Why it enters again, for the history. */
  readonly again: string
}

const feedKeys = keysOf<Feed>({ underWay: true, next: true, entered: true })

/** Throws a sentence unless `feed` is one: not every app uses a compiler. */
export function checkFeed(feed: Feed): void {
  refuseUnread('the `feed` of its `seed` has', feed, feedKeys)
  const { underWay, next } = feed
  if (typeof next !== 'function')
    throw new TypeError('the `feed` of its `seed` has no `next`: which ids enter?')
  if (Number.isSafeInteger(underWay) && underWay >= 1) return
  throw new TypeError(
    `\`underWay\` in the \`feed\` of its \`seed\` is ${underWay}; it is a whole number from 1.`,
  )
}
