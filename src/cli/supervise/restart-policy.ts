import { exitCodes } from '../exit-code.ts'

const windowMs = 60_000
const crashesAllowed = 4
const soonMs = 2000
const firstDelayMs = 250
const longestDelayMs = 5000
const longestDelayAtWorkMs = 1000
const shortageMs = 2000

/** How a process has ended without a request to, and how far it had come. */
export interface Ending {
  /** When, in milliseconds. */
  readonly at: number
  /** Its exit code; null if a signal has ended it. */
  readonly code: number | null
  /** For how many milliseconds it had run; 0 if it had not come up. */
  readonly ranMs: number
  /** Whether it had begun to work: on a token, or on the answer to a request. */
  readonly hasBegun: boolean
  /** Whether the machine had no file, process or memory to give for it. */
  readonly isShortage: boolean
}

/**
 * What comes after the end of a process: it is started again in `delayMs`; it is `over`, since it runs on demand; it was `refused`, and would be again; or it has crashed so often that it is given up.
 */
export type AfterEnd = { readonly delayMs: number } | 'over' | 'refused' | 'give-up'

/**
 * Decides it by all its `endings`, the last of them just now.
 *
 * Once it has begun to work, tokens are to blame for its end, however soon it comes and with any exit code: it is started
 * again within a second, without limit, since tokens that crash it are counted, and stopped, one by one. Before that, the
 * process itself is to blame: it is given up when it has crashed five times within a minute, each time within two seconds.
 */
export function afterEnd(
  endings: readonly Ending[],
  { onDemand }: { readonly onDemand?: boolean },
): AfterEnd {
  const { at, code, hasBegun, isShortage } = endings.at(-1)!
  if (isShortage) return { delayMs: shortageMs }
  if (onDemand && (hasBegun || code === 0)) return 'over'
  if (code === exitCodes.usage && !hasBegun) return 'refused'
  const crashes = endings.filter((ending) => !ending.isShortage && ending.at > at - windowMs)
  const vain = crashes.filter((crash) => !crash.hasBegun && crash.ranMs < soonMs)
  if (!hasBegun && vain.length > crashesAllowed) return 'give-up'
  const longestMs = hasBegun ? longestDelayAtWorkMs : longestDelayMs
  return { delayMs: Math.min(longestMs, firstDelayMs * 2 ** (crashes.length - 1)) }
}
