interface Waiting {
  readonly acts: Set<() => void>
  readonly listener: () => void
}

const waitingFor = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls `act` when `signal` aborts, at once if it has; the function that is returned cancels that. One signal has one
 * listener, however many calls wait for it: from the eleventh on Node would warn of a leak.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act()
    return () => {}
  }
  const waiting = waitingFor.get(signal) ?? listenTo(signal)
  // A new function each time, so that an `act` that is added twice is called twice.
  const own = () => act()
  waiting.acts.add(own)
  return () => {
    waiting.acts.delete(own)
    if (waiting.acts.size === 0) leave(signal, waiting)
  }
}

function listenTo(signal: AbortSignal): Waiting {
  const acts = new Set<() => void>()
  const listener = () => {
    for (const act of [...acts]) act()
  }
  const waiting = { acts, listener }
  waitingFor.set(signal, waiting)
  signal.addEventListener('abort', listener, { once: true })
  return waiting
}

// A listener that is left behind would keep a signal made of others (`AbortSignal.any`) alive for as long as these.
function leave(signal: AbortSignal, waiting: Waiting): void {
  signal.removeEventListener('abort', waiting.listener)
  if (waitingFor.get(signal) === waiting) waitingFor.delete(signal)
}
