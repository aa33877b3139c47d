/*
 * Who may work beside whom in one process.
 *
 * A suspect is a message whose worker was lost. Whether it was to blame is found out by working on it alone, so that
 * nothing else can be blamed if the process is lost again. But a busy process is never idle, and no token may keep the
 * others from it. So suspects stand in a line, one for each queue, and the first of the line has its turn like this:
 *
 * 1. While nothing runs, it has its turn at once. That is the case in a process that has just started.
 * 2. In a busy process it waits a second for that. Then intake closes for a window of 100 ms: when all that runs ends
 *    meanwhile, it has its turn. If not, work goes on, and the others have the process for 30 times the window before
 *    the next one, which is twice as long, up to 800 ms; after that only the rests grow, up to five minutes.
 * 3. In its turn it is leased `alone` and works alone, for a second (twice as long for each time but the first that its
 *    process was lost, up to eight). Then others may be leased again, but before the first of them begins, the lease of the suspect
 *    records that it is no longer alone (`accompany`). A crash until then counts, a crash after it does not.
 *    Nothing waits for an answer for longer than a second: if the lease is not there by then others may be leased, and if
 *    any of them was, it is given back when it comes, and has another turn; `accompany` is asked again.
 * 4. After a turn the others have the process for nine times as long as it has cost them, unless nothing runs anyway.
 * 5. A suspect that has had no turn within a minute runs beside the others, not counted and one at a time, unless its
 *    process was lost more than twice: such a one waits for a turn however long that takes, and the log says so. How often
 *    it was lost is in the history: to be given back, revived or moved is no loss.
 *
 * So the others lose at most one part in ten to turns and one in thirty to windows, and never more than eleven seconds
 * at one go; a token that is innocent does not wait for ever; and one that kills its process soon after it begins is
 * counted each time but the first and two more. Where handlers take long, give suspects a process of their own (`only`
 * in `Runtime.suspects`): there nothing else runs, they have their turns one after the other, and one that has waited
 * for ten seconds runs beside those that take long. `pipewright run` does.
 */

/** Who may work beside whom in one process. */
export interface Solo {
  /** Whether ordinary work may be requested now. If so it counts as running until `end`; if not, `onOpen` says when. */
  readonly mayAsk: () => boolean
  /** Whether a piece of work runs, or is requested. */
  readonly isWorking: () => boolean
  /** Records that a piece of work begins. */
  readonly begin: () => void
  /** Records that a piece of work, or a request for it, has ended. */
  readonly end: () => void
  /** What leased ordinary work has to wait for before it begins: the commit that a suspect is no longer alone. */
  readonly join: () => Promise<void> | undefined
  /** Waits in the line for a turn; the function returned leaves it. */
  readonly ask: (wish: Wish) => () => void
  /** Calls `listener` when ordinary work may be requested again; the function returned ends that. */
  readonly onOpen: (listener: () => void) => () => void
  /** Calls `listener` for each piece of work that begins; the function returned ends that. */
  readonly onWork: (listener: () => void) => () => void
}

/** What waits for a turn. */
export interface Wish {
  /** When it may run beside the others if it has had no turn by then: elapsed time, `Infinity` for never. */
  readonly besideAt: number
  /** Uses the turn; resolves when it is over. Never rejects. */
  readonly use: (turn: Turn) => Promise<void>
}

/** A turn of a suspect. */
export interface Turn {
  readonly isAlone: boolean
  /**
   * Records that the suspect is leased and begins; after `ms` others may, once `accompany` has resolved. False if the lease
   * came so late that others have begun: then the suspect may not.
   */
  readonly begin: (ms: number, accompany: () => Promise<void>) => boolean
}
