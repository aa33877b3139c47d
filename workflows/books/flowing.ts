import { Defect } from './defect.ts'

/** How work that must make steady progress is watched. */
export interface Watching {
  /** Milliseconds that nothing may flow. */
  readonly stallMs: number
  /** What the person who reviews the book reads if nothing did. */
  readonly sentence: string
  readonly signal?: AbortSignal | undefined
}

/** What the work is given. */
export interface Flow {
  /** Aborts with the signal of the work, and when nothing has flowed. */
  readonly signal: AbortSignal
  /** Takes note that something flowed; the next may take `nextMs`. */
  readonly flowed: (nextMs?: number) => void
}

/**
 * Does work that waits for another system, and gives it up when nothing has flowed for a while: `OperationFailed`, which
 * another attempt may cure. Work that ignores its signal may go on unseen.
 */
export async function flowing<T>(
  { stallMs, sentence, signal }: Watching,
  work: (flow: Flow) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const stalled = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason))
  })
  let isOver = false
  const flowed = (nextMs = stallMs) => {
    clearTimeout(timer)
    if (isOver) return
    timer = setTimeout(() => stop.abort(new Defect('OperationFailed', sentence)), nextMs)
  }
  flowed()
  try {
    const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
    return await Promise.race([work({ signal: both, flowed }), stalled])
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}
