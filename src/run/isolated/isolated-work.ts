import type { AttemptContext } from '../work/work-context.ts'

/** What an isolated function gets from its worker beside the value. */
export type IsolatedWork = Pick<
  AttemptContext,
  'id' | 'key' | 'stageKey' | 'attempt' | 'signal' | 'log' | 'progress'
>
