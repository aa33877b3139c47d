import type { OpenApp } from '../../app/open-app.ts'
import { sayError } from '../../app/say-error.ts'
import type { Upkeep, UpkeepGiven } from '../../app/upkeep.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import type { Backend } from '../../queue/backend.ts'
import type { Log } from '../../run/log.ts'
import { makeReporter, usualDays } from '../../run/report/reporter.ts'
import type { Summary } from '../../run/report/summary.ts'
import { countsOf } from '../counts-of.ts'
import { Turns } from '../turns.ts'
import { inTime } from './in-time.ts'
import { nowAndThen } from './now-and-then.ts'

/** What the app wants done beside its workers, one thing at a time. Nothing of it rejects. */
export interface UpkeepRounds {
  /** Does it now and then, until `signal` aborts. */
  readonly keep: (signal: AbortSignal) => Promise<void>
  /** Does once more what is to be done at the end too. */
  readonly last: () => Promise<void>
}

const sentence = 'An upkeep has failed; it is done again.'
const lastSentence = 'An upkeep has failed at the end.'

/** What it is told to, and how long it may take at the end. */
interface Upkeeping {
  readonly log: Log
  /** How long what is done at the end may take, in milliseconds, before its signal aborts; it is not waited for much longer. */
  readonly lastMs?: number
}

const graceMs = 1000

/** Puts together what the app wants done now and then. */
export function makeUpkeep(
  { name, backend, upkeep = {} }: Pick<OpenApp, 'name' | 'backend' | 'upkeep'>,
  { input, output, send }: Pick<Queues<any, any, any, any>, 'input' | 'output' | 'send'>,
  { log, lastMs = 10_000 }: Upkeeping,
): UpkeepRounds {
  const turns = new Turns()
  const queues = { input, output, send, journey: (id: string) => backend.journey(name, id) }
  const report = makeReports(backend, name)
  const all = Object.entries(upkeep)
  const does = ([each, { run }]: readonly [string, Upkeep], signal: AbortSignal) => {
    const given: UpkeepGiven = {
      ...{ log, signal, report },
      counts: () => countsOf(backend, name),
      setLimit: (gate, limit, reason) => setLimit(backend, { gate, limit, reason, actor: `upkeep:${each}` }),
    }
    return turns.take(() => run({ ...queues, ...given }))
  }
  return {
    async keep(signal) {
      await Promise.all(
        all.map((each) =>
          nowAndThen(() => does(each, signal), {
            ...{ everyMs: each[1].everyMs, sentence, log, signal, fields: { upkeep: each[0] } },
          }),
        ),
      )
    },
    async last() {
      for (const each of all) {
        if (!each[1].atEnd) continue
        try {
          const done = does(each, AbortSignal.timeout(lastMs))
          if (!(await inTime(done, lastMs + graceMs))) throw new Error('It has not ended in time.')
        } catch (error) {
          log.warn(lastSentence, { upkeep: each[0], error: sayError(error) })
        }
      }
    },
  }
}

/** Summaries of so many days: of each number of days, a later one reads only what is new. */
function makeReports(backend: Backend, workflow: string): UpkeepGiven['report'] {
  const reporters = new Map<number, () => Promise<Summary>>()
  return async ({ days = usualDays } = {}) => {
    const known = reporters.get(days) ?? makeReporter({ backend, workflow, days })
    reporters.set(days, known)
    return known()
  }
}

interface Setting {
  readonly gate: string
  readonly limit: number
  readonly reason: string
  readonly actor: string
}

/** What a person has set stays. */
async function setLimit(backend: Backend, { gate: name, limit, reason, actor }: Setting): Promise<void> {
  const gate = (await backend.gates()).find((each) => each.name === name && each.key === undefined)
  const set = gate?.overridden?.limit
  const isOfAnother = set !== undefined && set.actor !== actor
  if (isOfAnother || gate?.limit === limit) return
  await backend.commit([{ kind: 'gate', name, limit, reason, actor }])
}
