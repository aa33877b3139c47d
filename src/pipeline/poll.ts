import { isDelay, sayDelay } from '../queue/delay.ts'
import type { Lens } from '../queue/lens.ts'
import type { Leased } from '../queue/rows.ts'
import type { Wait } from '../queue/wait.ts'
import type { Log } from '../run/log.ts'
import { type Answers, type Polling, poll as pollOnce } from '../run/poll/poll.ts'
import { enterPoller } from '../run/poll/poller.ts'
import type { Waiter } from '../run/poll/waiting.ts'
import type { Runtime } from '../run/runtime.ts'
import { withoutOwn } from '../run/work/make-context.ts'
import { Rest } from '../run/work/rest.ts'
import { runWork } from '../run/work/run-work.ts'
import { checkOptions, type Process, type WorkOptions } from '../run/work/work.ts'
import type { AttemptContext } from '../run/work/work-context.ts'
import { anything } from '../schema/anything.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { Repeatable, Schema } from '../schema/schema.ts'
import type { LimitOptions } from './gate.ts'
import type { Given, LaidQueue } from './pipeline.ts'
import type { Place } from './place.ts'
import { leaf, type Stage, type StageOptions } from './stage.ts'
import type { Runnable } from './worker.ts'

/** What `ask` gets beside the tokens: what the artifact was given, and what the poll offers. */
export type PollContext<Given = unknown> = Given & {
  /** Aborts when the time is up, the lease of the poller is lost, or the process has to end. */
  readonly signal: AbortSignal
  readonly log: Log
  /** Pays at a gate, such as for one more request: see `WorkContext.pass`. */
  readonly pass: AttemptContext['pass']
}

/** A stage whose tokens wait until a poll finds out about them. */
export interface PollDefinition<In, Out, Ctx, InRaw, OutRaw>
  extends StageOptions,
    Pick<LimitOptions<In>, 'passes' | 'frees'>,
    Pick<WorkOptions, 'timeoutMs' | 'leaseMs' | 'graceMs'> {
  readonly input: Schema<In, InRaw> & Repeatable<In, InRaw>
  readonly output: Schema<Out, OutRaw> & Repeatable<Out, OutRaw>
  /** Milliseconds from the end of a poll to the next, a century at most. */
  readonly everyMs: number
  /**
   * Finds out about the tokens that wait, in whatever order; those of which it says nothing go on waiting. An `Error` as an answer fails
   * that token for good. What it throws is logged, and it is called again after a pause. `waiting` reads the tokens as
   * they are asked for, and keeps those in memory until they are answered, or the poll has ended.
   */
  readonly ask: (
    waiting: AsyncIterable<Waiter<In>>,
    context: PollContext<Ctx>,
  ) => Answers<NoInfer<Out>> | PromiseLike<Answers<NoInfer<Out>>>
  /** Milliseconds after which a token of which no poll has said anything has failed for good (`LostError`), a century at most. */
  readonly lostAfterMs: number
}

/**
 * A stage in which tokens wait, at no cost, for what one poll finds out about all of them, such as the state of orders elsewhere. In all processes
 * together one poll runs at a time. Throws a `RangeError` for an option that is out of range, a `TypeError` for an unknown one.
 */
export function poll<In, Out, Ctx = unknown, InRaw = In, OutRaw = Out>(
  definition: PollDefinition<In, Out, Ctx, InRaw, OutRaw>,
): Stage<In, Out, Runnable, Given<Ctx>> {
  refuseUnread('A poll has', definition, pollKeys)
  const { input, output, everyMs, lostAfterMs, ask } = definition
  if (typeof ask !== 'function') throw new TypeError('A poll needs a function `ask`.')
  checkMs('everyMs', everyMs)
  checkMs('lostAfterMs', lostAfterMs)
  const { timeoutMs, leaseMs, graceMs } = definition
  const options = checkOptions({
    ...{ timeoutMs, leaseMs, graceMs },
    retry: { attempts: Number.MAX_SAFE_INTEGER, minMs: Math.min(1000, everyMs), maxMs: everyMs },
  } as WorkOptions)
  const stage = leaf<In, Out, Runnable, Given<Ctx>>({
    ...{ input, output, options: definition, role: 'stage', hasLoop: true },
    arrival: { wait: waitForAnswer, delayMs: lostAfterMs },
    artifact: (place, given) => (signal) =>
      runPoll(
        { ...place, options, given: withoutOwn((given ?? {}) as object) },
        { everyMs, lostAfterMs, ask: ask as Polling<In, Out>['ask'] },
        signal,
      ),
  })
  return {
    ...stage,
    connect(site) {
      const connected = stage.connect(site)
      const poller: LaidQueue = {
        name: pollerQueueOf(site.path),
        role: 'standing',
        stored: anything,
        hasLoop: false,
        ...{ around: [], lens: standing, gates: [] },
      }
      return { ...connected, queues: [...connected.queues, poller] }
    },
  }
}

const pollKeys = keysOf<PollDefinition<any, any, any, any, any>>({
  input: true,
  output: true,
  everyMs: true,
  ask: true,
  lostAfterMs: true,
  was: true,
  values: true,
  passes: true,
  frees: true,
  timeoutMs: true,
  leaseMs: true,
  graceMs: true,
})

function checkMs(name: string, ms: number): void {
  if (!isDelay(ms) || ms === 0) throw new RangeError(`${name} ${sayDelay(ms)}, and not 0.`)
}

function pollerQueueOf(queue: string): string {
  return `${queue}/poll`
}

interface PollPlace<In, Out> extends Place<In, Out> {
  readonly options: ReturnType<typeof checkOptions>
  readonly given: object
}

async function runPoll<In, Out>(
  { queue, lens, runtime, options, given }: PollPlace<In, Out>,
  polling: Polling<In, Out> & { readonly lostAfterMs: number },
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const poller = pollerQueueOf(queue)
  await enterPoller(runtime.backend, { queue, poller, deploy: runtime.deploy })
  const polls: Process<unknown, any> = {
    size: 1,
    resting: (attempt) => pollOnce(polling, attempt, { queue, lens, runtime, given }),
  }
  const lost: Process<In, Out> = {
    size: 1,
    resting: async ({ held: { row } }) => {
      const delayMs = await leftMs(runtime, { queue, row, lostAfterMs: polling.lostAfterMs })
      if (delayMs <= 0) throw new LostError(row.id, queue)
      return new Rest({ wait: waitForAnswer, delayMs })
    },
  }
  await Promise.all([
    runWork({ queue: poller, lens: standing, process: polls, given, ...options }, runtime, signal),
    runWork({ queue, lens, process: lost, given, ...options }, runtime, signal),
  ])
}

/** How long a message that nothing has been said about is to wait yet. */
async function leftMs(
  { backend, clock, workflow }: Runtime,
  { queue, row, lostAfterMs }: { readonly queue: string; readonly row: Leased; readonly lostAfterMs: number },
): Promise<number> {
  const { id, hop } = row
  const journey = await backend.journey(workflow, id, { hop })
  const last = journey?.lines.findLast(({ event }) => event === 'revived' || event === 'waiting')
  if (last?.event === 'waiting') return 0
  const came = last ? undefined : await backend.get(queue, id)
  // A person has made it ready, so its time is not over: it waits once more. Where it came by hand, or before this stage was a
  // poll, it has not waited at all.
  return came ? came.enteredAt + lostAfterMs - clock.now() : lostAfterMs
}

const waitForAnswer: Wait = { for: [{ name: 'answer' }] }

/** The poller's own message says nothing. */
const standing: Lens<unknown, any> = { schema: anything, open: (stored) => stored, answer: () => [] }

/** No poll has said anything about a token for too long. */
class LostError extends Error {
  override readonly name = 'LostError'
  readonly code = 'lost'
  readonly retry = false

  constructor(id: string, queue: string) {
    super(`Token "${id}" has waited in queue "${queue}" too long, and no poll has said anything about it.`)
  }
}
