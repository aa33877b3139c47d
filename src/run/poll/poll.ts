import type { Change } from '../../queue/change.ts'
import { failureOf, faultOf } from '../../queue/fault.ts'
import type { Lens } from '../../queue/lens.ts'
import { nextStay } from '../../queue/plan.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { isError } from '../../queue/thrown.mjs'
import { commitBytes, mostCommitBytes } from '../commit-bytes.ts'
import type { Log } from '../log.ts'
import type { Runtime } from '../runtime.ts'
import { Rest, type RestingAttempt } from '../work/rest.ts'
import type { AttemptContext } from '../work/work-context.ts'
import { type Found, type Waiter, Waiting } from './waiting.ts'

/*
 * A poll. The poller is a token of its own in a queue with the role `standing`: the process that has leased it asks, for all
 * that wait, and lets it rest until the next time. What was found out is committed a few hundred answers at a time, each with the
 * proof that the lease still holds, so a poller that has lost it changes nothing more. An answer takes just that stay of its
 * token, and passes over what has moved on meanwhile.
 */

/** What was found out about a token that waits: a result, or an `Error` with which it has failed for good. */
export type Answer<Out> = readonly [id: string, answer: Out | Error]

/** What polls. */
export interface Polling<In, Out> {
  readonly everyMs: number
  readonly ask: (
    waiting: AsyncIterable<Waiter<In>>,
    context: Pick<AttemptContext, 'signal' | 'log' | 'pass'>,
  ) => Answers<Out> | PromiseLike<Answers<Out>>
}

/** Answers, as they are found out or all at once. */
export type Answers<Out> = Iterable<Answer<Out>> | AsyncIterable<Answer<Out>>

const mostAtOnce = 500

/** Polls once, for the tokens in `queue`. Resolves with how the poller rests. */
export async function poll<In, Out>(
  { everyMs, ask }: Polling<In, Out>,
  attempt: RestingAttempt<any, any>,
  {
    queue,
    lens,
    runtime,
    given,
  }: {
    readonly queue: string
    readonly lens: Lens<In, Out>
    readonly runtime: Runtime
    readonly given: object
  },
): Promise<Rest> {
  const log = attempt.log()
  const waiting = new Waiting({ backend: runtime.backend, queue, lens, log })
  const resolver = new Resolver(attempt, { queue, lens, runtime, log })
  const pass: AttemptContext['pass'] = (gate, units) =>
    attempt.pass(typeof gate === 'string' ? gate : gate.name, units)
  const answers = await ask(waiting, { ...given, signal: attempt.signal, log, pass })
  for await (const [id, answer] of answers) {
    const found = waiting.take(id)
    if (found) await resolver.add(found, answer)
    else log.debug('An answer was about no token that waits.', { queue, id })
  }
  await resolver.commit()
  return new Rest({ delayMs: everyMs })
}

interface ResolverParts<In, Out> {
  readonly queue: string
  readonly lens: Lens<In, Out>
  readonly runtime: Runtime
  readonly log: Log
}

/** Sends tokens on, many in a commit. */
class Resolver<In, Out> {
  readonly #attempt: RestingAttempt<any, any>
  readonly #parts: ResolverParts<In, Out>
  #changes: (readonly Change[])[] = []
  #bytes = 0

  constructor(attempt: RestingAttempt<any, any>, parts: ResolverParts<In, Out>) {
    this.#attempt = attempt
    this.#parts = parts
  }

  async add(found: Found<In>, answer: Out | Error): Promise<void> {
    const { queue, log } = this.#parts
    try {
      const changes = await this.#plan(found, answer)
      this.#changes.push(changes)
      this.#bytes += commitBytes(changes)
    } catch (error) {
      // What is wrong with one must not keep the others waiting.
      const { id } = found.row
      log.error('The answer for a token leads nowhere; it waits on.', { queue, id, error: sayBriefly(error) })
      return
    }
    if (this.#changes.length >= mostAtOnce || this.#bytes >= mostCommitBytes) await this.commit()
  }

  async commit(): Promise<void> {
    if (this.#changes.length === 0) return
    const { fence } = this.#attempt.held
    const changes = this.#changes.flat()
    this.#changes = []
    this.#bytes = 0
    await this.#parts.runtime.backend.commit([{ kind: 'remember', ...fence }, ...changes])
  }

  async #plan({ row, opened }: Found<In>, answer: Out | Error): Promise<readonly Change[]> {
    const { queue, lens, runtime } = this.#parts
    const { id, hop } = row
    const take = { kind: 'take', queue, id, hop, unheld: true, skip: true, deploy: runtime.deploy } as const
    const next = nextStay(row, runtime.deploy)
    if (!isError(answer))
      return [{ ...take, event: 'resolved' }, ...(await lens.answer(next, opened.stored, answer as Out))]
    const error = faultOf(answer)
    const taken = { ...take, event: 'resolved', error } as const
    if (!lens.fail) return [taken, { kind: 'push', queue, token: next, value: row.value, dead: error }]
    return [taken, ...(await lens.fail(next, opened.stored, failureOf(error, row.attempts, answer)))]
  }
}
