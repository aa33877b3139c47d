/** Runs a script of this folder in a process of its own; gives the JSON that it printed. */
export type Measure = <Result>(
  script: string,
  args?: readonly (string | number)[],
  env?: Record<string, string>,
) => Promise<Result>

/** One promise, and how it is measured. */
export interface Figure {
  readonly name: string
  readonly what: string
  readonly atLeast: string
  readonly measure: (
    measure: Measure,
  ) => Promise<{ readonly lines: readonly string[]; readonly reached: boolean }>
}

/** What `chain.ts` measures. */
export interface Chain {
  readonly hopsPerSecond: number
  readonly idleP50Ms: number
}

const rounds = 3
/** Runs the chain on a peer. */
export const chain = (
  measure: Measure,
  peer: string,
  tokens: number,
  slots: number,
  env: Record<string, string> = {},
) => measure<Chain>('chain.ts', [peer, tokens, slots], { IDLE_TOKENS: '0', ...env })

/** Measures `ours` and `other` in turn and compares them pair by pair. */
export async function pairs(ours: () => Promise<number>, other: () => Promise<number>) {
  const ratios: number[] = []
  const seen: [number, number][] = []
  for (let i = 0; i < rounds; i++) {
    const theirs = await other()
    const mine = await ours()
    ratios.push(mine / theirs)
    seen.push([mine, theirs])
  }
  ratios.sort((a, b) => a - b)
  return { ratio: ratios[ratios.length >> 1]!, seen }
}

/** Says how two compare. */
export function sayPairs(
  unit: string,
  { ratio, seen }: Awaited<ReturnType<typeof pairs>>,
  against: string,
): string {
  const values = seen.map(([mine, theirs]) => `${short(mine)} / ${short(theirs)}`).join(', ')
  return `${ratio.toFixed(2)} of ${against} (median of ${seen.length}; ${unit}: ${values})`
}

/** A number as people read it. */
export const short = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)

/** What `long-queue.ts` and `long-queue-postgres.ts` have measured. */
export interface LongQueue {
  readonly fewMs: number
  readonly manyMs: number
  readonly countMs: number
}

/** Says it, and whether it takes `most` times the time of few at most. */
export function judgeLongQueue({ fewMs, manyMs, countMs }: LongQueue, most: number) {
  const ratio = manyMs / fewMs
  return {
    lines: [
      `${ratio.toFixed(2)} times (ms: ${short(manyMs)} / ${short(fewMs)}); a count takes ${short(countMs)} ms`,
    ],
    reached: ratio <= most,
  }
}

/** Measures two of each of 50 keys at once, in four processes. */
export async function sharedLimit(measure: Measure, env: Record<string, string> = {}) {
  const { worked, most, unserved } = await measure<{ worked: number; most: number; unserved: number }>(
    'shared-gate.ts',
    ['limit', 20_000, 10],
    env,
  )
  return {
    lines: [
      `${worked} worked on, ${most} of a key at once, ${unserved} times a key was not served in a second`,
    ],
    reached: most <= 2 && unserved === 0,
  }
}
