import type { Json } from '../schema/json.ts'
import type { Crashes } from './crash-plan.ts'

/** Where a token has ended: in the output, with a person, dead, or taken out. */
export interface Ended {
  readonly id: string
  readonly end: 'output' | 'review' | 'dead' | 'gone'
  /** The queue that it is in; absent if it is gone. */
  readonly queue?: string | undefined
  readonly value?: Json
  /** How many stays it has had. */
  readonly hops?: number | undefined
  /** What it has failed with, if it is dead; how it left, if it is gone. */
  readonly why?: string | undefined
}

/** One run of a simulation. */
export interface Run {
  /** The crashes that were asked of it. */
  readonly crashes: Exclude<Crashes, 'every'>
  /** How many processes have died. */
  readonly died: number
  readonly commits: number
  /** Milliseconds of simulated time. */
  readonly elapsedMs: number
  readonly tokens: readonly Ended[]
  /** Every step, in words. */
  readonly trace: readonly string[]
}

/** What a simulation has done; it has found nothing wrong. */
export interface Report {
  readonly seed: number
  readonly runs: readonly Run[]
  /** How many commits were requested in all runs. */
  readonly commits: number
  /** How many processes have died in all runs. */
  readonly crashes: number
  /** Where the tokens of the first run ended. */
  readonly tokens: readonly Ended[]
  /** All of it in a line, to be printed. */
  readonly summary: string
}

/** The report about `runs`. */
export function reportOf(seed: number, runs: readonly Run[]): Report {
  const commits = sum(runs.map((run) => run.commits))
  const crashes = sum(runs.map(({ died }) => died))
  const tokens = runs.flatMap((run) => run.tokens)
  const many = (end: Ended['end']) => tokens.filter((token) => token.end === end).length
  const ends = `${many('output')} in the output, ${many('review')} in review, ${many('dead')} dead, ${many('gone')} gone`
  const summary = `Seed ${seed}: ${runs.length} runs, ${commits} commits, ${crashes} crashes; ${tokens.length} tokens ended: ${ends}.`
  return { seed, runs, commits, crashes, tokens: runs[0]?.tokens ?? [], summary }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
