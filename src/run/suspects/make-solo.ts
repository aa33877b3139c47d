import type { Clock } from '../../queue/clock.ts'
import { AloneTurn } from './alone-turn.ts'
import type { Solo, Wish } from './solo.ts'
import { nextStep } from './solo-policy.ts'
import { Windows } from './windows.ts'

interface Waiting extends Wish {
  readonly askedAt: number
}

/** How long after the start of a suspect that runs beside the others the next one may, if the first has not ended. */
const besideEveryMs = 10_000

/** A new, independent `Solo` that uses `clock`. */
export function makeSolo(clock: Clock): Solo {
  let running = 0
  let line: readonly Waiting[] = []
  const windows = new Windows()
  let turn: AloneTurn | undefined
  let nextBesideAt = Number.NEGATIVE_INFINITY
  let quietSince: number | undefined
  let cancel = () => {}
  const openListeners = new Set<() => void>()
  const workListeners = new Set<() => void>()

  return {
    mayAsk() {
      if (isOpen()) start()
      else windows.miss()
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
    return windows.closedUntil === undefined && (turn === undefined || turn.isOpen)
  }

  function tellOpen(): void {
    for (const listener of [...openListeners]) listener()
  }

  function leave(waiting: Waiting): void {
    line = line.filter((each) => each !== waiting)
    review()
  }

  /** Does what is to be done now, and plans the next review. */
  function review(): void {
    cancel()
    if (turn && !turn.isOpen) return
    const [first] = line
    if (!first) return reopen()
    const now = clock.elapsed()
    if (running === 0) quietSince ??= now
    const step = nextStep({
      ...{ now, quietSince, askedAt: first.askedAt, isTaken: turn !== undefined },
      besideAt: Math.max(nextBesideAt, Math.min(...line.map((each) => each.besideAt))),
      restUntil: windows.restUntil,
      closedUntil: windows.closedUntil,
    })
    if (step.do === 'wait') {
      if (step.until < Number.POSITIVE_INFINITY) cancel = clock.after(step.until - now, review)
    } else if (step.do === 'alone') void giveTurn(first)
    else if (step.do === 'beside') void letBeside(line.find((each) => now >= each.besideAt)!)
    else {
      if (step.do === 'close') windows.close(now)
      else {
        windows.giveUp(now)
        tellOpen()
      }
      review()
    }
  }

  function reopen(): void {
    if (windows.closedUntil === undefined) return
    windows.open()
    tellOpen()
  }

  async function giveTurn(waiting: Waiting): Promise<void> {
    const own = new AloneTurn({
      clock,
      closedAt: windows.beginTurn(clock.elapsed()),
      isWorking: () => running > 0,
      opened() {
        tellOpen()
        review()
      },
    })
    turn = own
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
    windows.endTurn(own.end())
    tellOpen()
    review()
  }

  async function letBeside(waiting: Waiting): Promise<void> {
    const nextAt = clock.elapsed() + besideEveryMs
    nextBesideAt = nextAt
    reopen()
    leave(waiting)
    if (turn) await join(turn)
    await waiting.use({ isAlone: false, begin: () => true })
    if (nextBesideAt === nextAt) nextBesideAt = clock.elapsed()
    review()
  }
}

function listen(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
