import { LeaseLostError } from '../../queue/errors.ts'
import type { Opened } from '../../queue/lens.ts'
import { isError } from '../../queue/thrown.mjs'
import { isPromised, type MaybePromise } from '../../schema/schema.ts'
import { awayOr } from '../settle/away-error.ts'
import { isExhausted } from '../settle/exhaustion.ts'
import { outcomeOf } from '../settle/outcome.ts'
import type { Attempt } from './attempt.ts'
import { makeContext } from './make-context.ts'
import { Rest, type RestingAttempt } from './rest.ts'
import type { Work } from './work.ts'

/** Does the work of `attempts` (one, or a batch) and ends each of them with what came of it. Never rejects. */
export function perform<In, Out>(work: Work<In, Out>, attempts: readonly Attempt<In, Out>[]): Promise<void> {
  const { process } = work
  if ('one' in process) return performOne(work, process.one, attempts[0]!)
  if ('resting' in process) return performResting(work, process.resting, attempts[0]!)
  return performMany(work, process.many, attempts)
}

async function performResting<In, Out>(
  work: Work<In, Out>,
  resting: (attempt: RestingAttempt<In, Out>, opened: Opened<In>) => Promise<Out | Rest>,
  attempt: Attempt<In, Out>,
): Promise<void> {
  if (attempt.isOver()) return
  if (isExhausted(attempt.held.row, work)) return attempt.end({ kind: 'exhausted' })
  try {
    const opened = await attempt.held.open()
    if (attempt.isOver()) return
    const result = await resting(attempt, opened)
    attempt.end(result instanceof Rest ? { kind: 'rests', rest: result } : { kind: 'done', opened, result })
  } catch (error) {
    attempt.end(outcomeOf(awayOr(error)))
  }
}

async function performOne<In, Out>(
  work: Work<In, Out>,
  one: (value: In, context: any) => MaybePromise<Out>,
  attempt: Attempt<In, Out>,
): Promise<void> {
  if (attempt.isOver()) return
  if (isExhausted(attempt.held.row, work)) return attempt.end({ kind: 'exhausted' })
  try {
    // A value that is there at once is not awaited: each await costs a hop a turn of the microtask queue.
    const opening = attempt.held.open()
    const opened = isPromised(opening) ? await opening : opening
    if (attempt.isOver()) return
    const working = one(opened.value, makeContext(attempt, work.given))
    const result = isPromised(working) ? await working : working
    const { children } = attempt
    attempt.end({ kind: 'done', opened, result, children: children && (await children.changes()) })
  } catch (error) {
    attempt.end(outcomeOf(error))
  }
}

async function performMany<In, Out>(
  work: Work<In, Out>,
  many: (values: readonly In[], contexts: readonly any[]) => Promise<readonly (Out | Error)[]>,
  attempts: readonly Attempt<In, Out>[],
): Promise<void> {
  const opened: [Attempt<In, Out>, Opened<In>][] = []
  for (const attempt of attempts) {
    if (attempt.isOver()) continue
    if (isExhausted(attempt.held.row, work)) {
      attempt.end({ kind: 'exhausted' })
      continue
    }
    try {
      opened.push([attempt, await attempt.held.open()])
    } catch (error) {
      attempt.end(outcomeOf(error))
    }
  }
  // Opening the others may have used up an attempt's time.
  const ready = opened.filter(([attempt]) => !attempt.isOver())
  if (ready.length === 0) return
  try {
    const values = ready.map(([, opened]) => opened.value)
    const results = await many(
      values,
      ready.map(([attempt]) => makeContext(attempt, work.given)),
    )
    if (results.length !== ready.length) {
      throw new TypeError(
        `The batch of queue "${work.queue}" returned ${results.length} results for ${ready.length} messages.`,
      )
    }
    await Promise.all(ready.map(([attempt, opened], i) => endOne(attempt, opened, results[i]!)))
  } catch (error) {
    for (const [attempt] of ready) attempt.end(outcomeOf(error))
  }
}

async function endOne<In, Out>(attempt: Attempt<In, Out>, opened: Opened<In>, result: Out | Error) {
  try {
    if (isError(result)) throw result
    const { children } = attempt
    attempt.end({ kind: 'done', opened, result, children: children && (await children.changes()) })
  } catch (error) {
    attempt.end(outcomeOf(error))
  }
}

/** Why the signal of an attempt aborted whose lease is gone. */
export function lostReason(queue: string, id: string): Error {
  return new LeaseLostError(`The lease on token "${id}" in queue "${queue}" is gone; its work was stopped.`, {
    queue,
    id,
  })
}
