const windowMs = 60_000
const crashesAllowed = 4
const soonMs = 2000
const firstDelayMs = 250
const longestDelayMs = 5000

/** One crash of a process: when (milliseconds), and how long it had run; 0 if it had not come up. */
export interface Crash {
  readonly at: number
  readonly ranMs: number
}

/**
 * What to do about a process that has crashed, the last time just now: start it again in `delayMs`, or give up,
 * since it has crashed five times within a minute, each time within two seconds of its start. One that works for a
 * while first is started again for as long as it takes: tokens that crash it are counted, and stopped, one by one.
 */
export function afterCrash(crashes: readonly Crash[]): { readonly delayMs: number } | 'give-up' {
  const now = crashes.at(-1)?.at ?? 0
  const recent = crashes.filter(({ at }) => at > now - windowMs)
  if (recent.filter(({ ranMs }) => ranMs < soonMs).length > crashesAllowed) return 'give-up'
  return { delayMs: Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, recent.length - 1)) }
}
