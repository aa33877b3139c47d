import type { Backend } from '../../queue/backend.ts'
import { InvalidError } from '../../queue/errors.ts'
import type { QueuePulse } from '../../queue/pulse.ts'
import { utc } from '../../queue/utc.ts'
import { deadClasses, deskClasses, finishedStates } from './classes.ts'
import { dayMs, startOfDay } from './day.ts'
import { DayMeters } from './day-meters.ts'
import { daysOf } from './days.ts'
import { failuresOf } from './failures.ts'
import { Past } from './past.ts'
import { shutGates } from './shut-gates.ts'
import { slowJourneys } from './slow-journeys.ts'
import { slowStages } from './slow-stages.ts'
import type { QueueNow, Summary } from './summary.ts'

/** How many days a summary may be about: meters are kept for so long. */
export const mostDays = 90
/** How many days it is about unless told. */
export const usualDays = 7

/** What is reported. */
export interface Reporting {
  readonly backend: Pick<Backend, 'pulse' | 'lines' | 'list' | 'tally' | 'gates' | 'journey'>
  /** All workflows of the backend, without it. */
  readonly workflow?: string | undefined
  /** How many days in UTC, today among them: 1 to 90, 7 unless told. */
  readonly days?: number | undefined
  /** The wall clock, in milliseconds. */
  readonly now?: () => number
}

/** Makes summaries, one after the other: each later one reads only what is new in the history. Throws an `InvalidError` for a wrong number of days. */
export function makeReporter({
  backend,
  workflow,
  days = usualDays,
  now = Date.now,
}: Reporting): () => Promise<Summary> {
  if (!(Number.isInteger(days) && days >= 1 && days <= mostDays))
    throw new InvalidError(`A report is about 1 to ${mostDays} days, not ${days}.`)
  const dayMeters = new DayMeters(backend)
  const past = new Past({ backend, workflow })
  return async () => {
    const asked = now()
    const since = startOfDay(asked) - (days - 1) * dayMs
    const pulse = await dayMeters.read(since)
    const queues = pulse.queues.filter((each) => workflow === undefined || each.workflow === workflow)
    const said = await past.since(since)
    const at = Math.max(asked, pulse.at)
    return {
      ...{ at: utc(at), since: utc(since), countedSince: utc(said.countedSince) },
      workflows: [...new Set(queues.map((each) => each.workflow))],
      days: daysOf(queues, said.days, { since, at }),
      queues: queues.map(queueNow),
      desks: await deskClasses(backend, queues),
      dead: await deadClasses(backend, queues),
      finished: await finishedStates(backend, queues),
      ...failuresOf(said.days.values()),
      stages: slowStages(queues, since),
      journeys: await slowJourneys(backend, queues, at),
      gates: await shutGates(backend, queues),
    }
  }
}

function queueNow(count: QueuePulse): QueueNow {
  const { queue, workflow, role, ready, leased, delayed, waiting, dead, oldestAt } = count
  return {
    ...{ queue, workflow, role, ready, leased, delayed, waiting, dead },
    ...(oldestAt !== undefined && { oldest: utc(oldestAt) }),
  }
}
