import type { OpenApp } from '../../app/open-app.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import type { Log } from '../../run/log.ts'
import { Turns } from '../turns.ts'
import { feed } from './feeding.ts'
import { inTime, unlessOver } from './in-time.ts'
import { makeUpkeep } from './keep-up.ts'
import { nowAndThen } from './now-and-then.ts'

/** What goes on in the process that runs all others, beside them. */
export interface Company {
  /** Lets the feed of the app enter now what is missing; resolves with how many have entered. */
  readonly feed: () => Promise<number>
  /** Ends all of it, and does once more what the app wants done at the end. */
  readonly end: () => Promise<void>
}

const feedEveryMs = 2000
const lateSentence = 'What is done beside the processes has not ended in time; it is not waited for.'

/** When it ends, and what it is told to. */
interface Accompanying {
  readonly log: Log
  readonly ending: AbortSignal
  /** How long what is done is waited for at the end, in milliseconds: 10,000 unless told. What the app does there may never end. */
  readonly patienceMs?: number
}

/** Begins what an app wants done beside its processes, until `ending` aborts: its feed, and its upkeep. */
export function accompany(
  app: OpenApp,
  queues: Queues<any, any, any, any>,
  { log, ending, patienceMs = 10_000 }: Accompanying,
): Company {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, ending])
  const turns = new Turns()
  const feedNow = () =>
    unlessOver(
      turns.take(() => feed(app, queues, { log, signal })),
      0,
      signal,
    )
  const sentence = 'The feed has failed; it is asked again.'
  const upkeep = makeUpkeep(app, queues, { log, lastMs: patienceMs })
  const going = [
    upkeep.keep(signal),
    app.seed?.feed && nowAndThen(feedNow, { everyMs: feedEveryMs, sentence, log, signal }),
  ]
  return {
    feed: feedNow,
    async end() {
      over.abort()
      if (!(await inTime(Promise.all([...going, turns.over()]), patienceMs))) log.warn(lateSentence)
      await upkeep.last()
    },
  }
}
