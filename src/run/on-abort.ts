interface Waiting {
  readonly acts: Set<() => void>
  readonly hear: () => void
}

const waitingFor = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls `act` when `signal` aborts, at once if it has; the function that is returned calls that off. However many wait
 * for one signal, it has one listener: from the eleventh on Node would warn of a leak.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  if (signal.aborted) {
    act()
    return () => {}
  }
  const waiting = waitingFor.get(signal) ?? listenTo(signal)
  // Another one each time: what is added twice is called twice.
  const own = () => act()
  waiting.acts.add(own)
  return () => {
    waiting.acts.delete(own)
    if (waiting.acts.size === 0) leave(signal, waiting)
  }
}

function listenTo(signal: AbortSignal): Waiting {
  const acts = new Set<() => void>()
  const hear = () => {
    for (const act of [...acts]) act()
  }
  const waiting = { acts, hear }
  waitingFor.set(signal, waiting)
  signal.addEventListener('abort', hear, { once: true })
  return waiting
}

// A listener that is left behind would keep a signal made of others (`AbortSignal.any`) alive for as long as these.
function leave(signal: AbortSignal, waiting: Waiting): void {
  signal.removeEventListener('abort', waiting.hear)
  if (waitingFor.get(signal) === waiting) waitingFor.delete(signal)
}
