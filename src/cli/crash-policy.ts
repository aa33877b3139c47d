const windowMs = 60_000
const crashesAllowed = 4
const firstDelayMs = 250
const longestDelayMs = 5000

/**
 * What to do about a process that has crashed at `crashes` (milliseconds, the last one just now): start it again in
 * `delayMs`, or give up, since it has crashed five times within a minute.
 */
export function afterCrash(crashes: readonly number[]): { readonly delayMs: number } | 'give-up' {
  const now = crashes.at(-1) ?? 0
  const recent = crashes.filter((at) => at > now - windowMs).length
  if (recent > crashesAllowed) return 'give-up'
  return { delayMs: Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, recent - 1)) }
}
