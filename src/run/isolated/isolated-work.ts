import type { AttemptContext } from '../work/work-context.ts'

/** What a worker tells an isolated function beside the value. */
export type IsolatedWork = Pick<
  AttemptContext,
  'id' | 'key' | 'stageKey' | 'attempt' | 'signal' | 'log' | 'progress'
>
