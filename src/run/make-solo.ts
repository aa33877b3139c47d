import type { Clock } from '../queue/clock.ts'
import { AloneTurn } from './alone-turn.ts'
import type { Solo, Wish } from './solo.ts'
import { mostUsefulFailures, nextStep, restAfterTurnMs, restAfterWindowMs, windowMs } from './solo-policy.ts'

interface Waiting extends Wish {
  readonly askedAt: number
}

/** How long after the start of a suspect that runs beside the others the next one may, if the first has not ended. */
const besideEveryMs = 10_000

/** A new, independent `Solo` that goes by `clock`. */
export function makeSolo(clock: Clock): Solo {
  let running = 0
  let line: readonly Waiting[] = []
  let window: { readonly since: number; readonly until: number } | undefined
  let turn: AloneTurn | undefined
  /** Whether ordinary work was asked for in vain since intake was closed. */
  let isMissed = false
  let failures = 0
  let restUntil = Number.NEGATIVE_INFINITY
  let nextBesideAt = Number.NEGATIVE_INFINITY
  let quietSince: number | undefined
  let cancel = () => {}
  const openListeners = new Set<() => void>()
  const workListeners = new Set<() => void>()

  return {
    mayAsk() {
      if (isOpen()) start()
      else isMissed = true
      return isOpen()
    },
    isWorking: () => running > 0,
    begin() {
      start()
      if (workListeners.size > 0) for (const listener of [...workListeners]) listener()
    },
    end() {
      if (--running === 0 && line.length > 0) review()
    },
    join: () => turn && join(turn),
    ask(wish) {
      const waiting = { ...wish, askedAt: clock.elapsed() }
      line = [...line, waiting]
      review()
      return () => leave(waiting)
    },
    onOpen: (listener) => listen(openListeners, listener),
    onWork: (listener) => listen(workListeners, listener),
  }

  function start(): void {
    running++
    quietSince = undefined
  }

  function isOpen(): boolean {
    return window === undefined && (turn === undefined || turn.isOpen)
  }

  function tellOpen(): void {
    for (const listener of [...openListeners]) listener()
  }

  function leave(waiting: Waiting): void {
    line = line.filter((each) => each !== waiting)
    review()
  }

  /** Does what is to be done now, and sees to it that this is asked again in time. */
  function review(): void {
    cancel()
    if (turn && !turn.isOpen) return
    const [first] = line
    if (!first) return reopen()
    const now = clock.elapsed()
    if (running === 0) quietSince ??= now
    const step = nextStep({
      ...{ now, quietSince, restUntil, askedAt: first.askedAt, isTaken: turn !== undefined },
      besideAt: Math.max(nextBesideAt, Math.min(...line.map((each) => each.besideAt))),
      closedUntil: window?.until,
    })
    if (step.do === 'wait') {
      if (step.until < Number.POSITIVE_INFINITY) cancel = clock.after(step.until - now, review)
    } else if (step.do === 'alone') void giveTurn(first)
    else if (step.do === 'beside') void letBeside(line.find((each) => now >= each.besideAt)!)
    else {
      if (step.do === 'close') close(now)
      else giveUp(now)
      review()
    }
  }

  function close(now: number): void {
    window = { since: now, until: now + windowMs(failures) }
    isMissed = false
  }

  function giveUp(now: number): void {
    restUntil = now + restAfterWindowMs(failures++)
    reopen()
  }

  function reopen(): void {
    if (!window) return
    window = undefined
    tellOpen()
  }

  async function giveTurn(waiting: Waiting): Promise<void> {
    // A window that was long enough may be so again.
    if (window) failures = Math.min(failures, mostUsefulFailures)
    else isMissed = false
    const own = new AloneTurn(clock, window?.since ?? clock.elapsed(), () => {
      tellOpen()
      review()
    })
    turn = own
    window = undefined
    line = line.filter((each) => each !== waiting)
    await waiting.use(own)
    endTurn(own)
  }

  async function join(own: AloneTurn): Promise<void> {
    await own.join()
    endTurn(own)
  }

  function endTurn(own: AloneTurn): void {
    if (turn !== own) return
    turn = undefined
    const { openedAt, costMs } = own.end()
    if (isMissed) restUntil = openedAt + restAfterTurnMs(costMs)
    tellOpen()
    review()
  }

  async function letBeside(waiting: Waiting): Promise<void> {
    const nextAt = clock.elapsed() + besideEveryMs
    nextBesideAt = nextAt
    reopen()
    leave(waiting)
    if (turn) await join(turn)
    await waiting.use({ isAlone: false, begin: () => {} })
    if (nextBesideAt === nextAt) nextBesideAt = clock.elapsed()
    review()
  }
}

function listen(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

const solos = new WeakMap<Clock, Solo>()

/** The one of this process, for all that goes by `clock`: only a test has several clocks. */
export function soloOf(clock: Clock): Solo {
  const known = solos.get(clock)
  if (known) return known
  const made = makeSolo(clock)
  solos.set(clock, made)
  return made
}
