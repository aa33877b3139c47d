import { utc } from '../../queue/utc.ts'
import type { GroupFacts, ProcessFacts, RunningFacts } from '../../serve/steering/shapes.ts'
import { sayDuration } from '../screen/duration.ts'
import { table } from '../screen/table.ts'

/** What runs, as a table for people. `now` is in milliseconds since 1970. */
export function sayRunning(
  { app, pid, since, config, groups, processes }: RunningFacts,
  now: number,
): string {
  const head = `${app}, process ${pid}, up for ${sayDuration(now - since)}, with ${config}`
  const rows = groups.flatMap((group) => {
    const own = processes.filter((each) => each.group === group.name)
    return own.length > 0 ? own.map((each) => rowOf(each, group, now)) : [[group.name, ...empty(group)]]
  })
  const beside = processes.filter((each) => !groups.some(({ name }) => name === each.group))
  const heading = ['process', 'state', 'for', 'pid', 'restarts', 'at once', 'ended before']
  return [head, table([heading, ...rows, ...beside.map((each) => rowOf(each, undefined, now))])].join('\n')
}

function rowOf(each: ProcessFacts, group: GroupFacts | undefined, now: number): readonly unknown[] {
  const { name, state, since, pid, restarts, ended } = each
  return [name, state, sayDuration(now - since), pid, restarts, group?.concurrency, ended]
}

function empty({ stopped, concurrency }: GroupFacts): readonly unknown[] {
  return [stopped ? 'stopped' : 'none', undefined, undefined, undefined, concurrency]
}

/** What runs, with its times as text. */
export function runningJson<Facts extends RunningFacts>({ since, processes, ...facts }: Facts) {
  return {
    ...facts,
    since: utc(since),
    processes: processes.map(({ since: at, ...each }) => ({ ...each, since: utc(at) })),
  }
}
