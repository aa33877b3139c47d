import type { RunningFacts } from '../../serve/steering/shapes.ts'
import { sayDuration } from '../screen/duration.ts'
import type { QueueStatus } from '../screen/queue-status.ts'
import { statusTable } from '../screen/status-table.ts'

/** What a board shows. */
export interface BoardFacts extends Pick<RunningFacts, 'app' | 'since' | 'processes'> {
  readonly statuses: readonly QueueStatus[]
  /** The last warnings and errors, the newest last, a line each. */
  readonly failures: readonly string[]
  /** Whether all is to end. */
  readonly isEnding: boolean
}

/** The board in the terminal of `up`: its queues, the processes that do not run, what has failed last, what an end waits for. */
export function boardLines(
  { app, since, processes, statuses, failures, isEnding }: BoardFacts,
  now: number,
): readonly string[] {
  const running = processes.filter(({ state }) => state === 'running')
  const others = processes.filter(({ state }) => state !== 'running')
  const list = others.map(({ name, state }) => `${name} is ${state}`).join(', ')
  const head = `${app}, up for ${sayDuration(now - since)}: ${running.length} of ${processes.length} processes run`
  return [
    '',
    list === '' || isEnding ? head : `${head}; ${list}`,
    ...statusTable(statuses).split('\n'),
    ...failures.map((line) => `lately: ${line}`),
    ...(isEnding ? [`ending, and waiting for ${sayNames(processes)}`] : []),
  ]
}

/** The names of `processes`, as a list. */
export function sayNames(processes: BoardFacts['processes']): string {
  return processes.map(({ name }) => name).join(', ') || 'nothing any more'
}
