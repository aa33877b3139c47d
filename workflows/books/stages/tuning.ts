import type { Retry } from 'pipewright'

/** Options of a stage that an app may set. */
export interface Tuning {
  /** How many books one process works on at once in this stage. */
  readonly concurrency?: number | undefined
  readonly retry?: Partial<Retry> | undefined
  /** Milliseconds that one attempt may take. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds until a book whose process is gone is taken over. */
  readonly leaseMs?: number | undefined
  /** Milliseconds that decrypting and unpacking may show no sign of life; 30,000 by default. */
  readonly stallMs?: number | undefined
}

/** The part of `tuning` that is a worker's, over the stage's own `defaults`. */
export function tuned<T extends Tuning>(defaults: T, { stallMs: _, ...tuning }: Tuning): T {
  const given = Object.entries(tuning).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(given) }
}
