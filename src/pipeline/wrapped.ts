import { isDelay, sayDelay } from '../queue/delay.ts'
import { openStored } from '../queue/lens.ts'
import type { Decided } from '../queue/person.ts'
import { accept } from '../queue/plan.ts'
import type { Token } from '../queue/token.ts'
import type { Desk } from '../run/desk/desk.ts'
import type { Failure } from '../schema/failure.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import { andThen, type MaybePromise } from '../schema/schema.ts'
import { oneOf, type States, type Tagged } from '../schema/state.ts'
import { delayHop } from './delay-hop.ts'
import type { Facets } from './facet.ts'
import type { Connected, Pipeline, Site, StatePipeline, Wrapper } from './pipeline.ts'
import { isLeaf } from './stage.ts'

/** Only at a desk is there a person who decided. */
type DecidedOn<Artifact> = Artifact extends Desk ? Decided : undefined

// `Pick`: the compiler looks at the tag first, and reports it before missing fields of another state.
/** How a pipeline over plain values becomes one over states. */
export interface Wrapping<
  A,
  B,
  In extends Tagged,
  Out extends Tagged,
  Failed extends Tagged,
  Artifact = unknown,
  Late extends Tagged = never,
> {
  /** The state that it accepts. */
  readonly input: States<In>
  /** Every state that `post` can return. */
  readonly output: States<Out>
  /** Picks the pipeline's input out of the state. */
  readonly pre: (state: In) => MaybePromise<A>
  /**
   * Folds the pipeline's output into the next state. Around a review it also gets who decided, and an error that it throws
   * refuses the decision: the token stays on the desk.
   */
  readonly post: (
    state: In,
    output: B,
    decided: DecidedOn<Artifact>,
  ) => MaybePromise<NoInfer<Pick<Out, 'tag'> & Out>>
  /**
   * Milliseconds that the token rests in the queue to which `post` leads before it may be leased: a number, or worked out from
   * the state that `post` has returned. A century at most; 0 unless told.
   */
  readonly delayMs?: number | ((next: NoInfer<Out>) => number)
  /**
   * The facts by which the messages of the stage directly inside are found and counted, made of the whole state; see the `facets` of a
   * stage.
   */
  readonly facets?: (state: In) => Facets
  /** The text by whose words they are found, made of the whole state; see the `text` of a stage. */
  readonly text?: (state: In) => string
  /** Where a token goes that has failed for good. Without it, a wrapper further out decides, or it is buried. */
  readonly failed?: {
    readonly to: States<Failed>
    /** Makes the state for `to` out of the one that failed. If it throws, the message is buried with both errors. */
    readonly as: (state: In, failure: Failure) => MaybePromise<NoInfer<Pick<Failed, 'tag'> & Failed>>
  }
  /**
   * Where a token goes that is still there `afterMs` milliseconds after it came, a century at most: waiting, delayed or tried again; one that is
   * leased goes when its lease ends without an answer, and a dead one stays. Only around a single stage or review, as its queue
   * is what is meant.
   */
  readonly late?: {
    readonly afterMs: number
    readonly to: States<Late>
    /** Makes the state for `to` out of the one that is late. If it throws, the token stays, and the log says why. */
    readonly as: (state: In) => MaybePromise<NoInfer<Pick<Late, 'tag'> & Late>>
  }
}

/**
 * Lifts a pipeline over plain values to one over states. Around a stage, the state itself waits in the stage's
 * queue: `pre` runs when a message is read, `post` when its result is there. Around anything bigger, the state
 * travels with the token, as a frame: `pre` runs in the hop that enters, `post` in the hop that leaves.
 */
export function wrapped<
  A,
  B,
  Artifact,
  Ctx,
  In extends Tagged,
  const Out extends Tagged,
  const Failed extends Tagged = never,
  const Late extends Tagged = never,
>(
  pipeline: Pipeline<A, B, Artifact, Ctx>,
  wrapping: Wrapping<A, B, In, Out, Failed, Artifact, Late>,
): StatePipeline<In, Out | NoInfer<Failed> | NoInfer<Late>, Artifact, Ctx> {
  refuseUnread('A wrapper has', wrapping, wrappingKeys)
  const { input, output, pre, post, delayMs, facets, text, failed, late } = wrapping
  if (failed !== undefined) refuseUnread('`failed` has', failed, failedKeys)
  if (typeof delayMs === 'number' && !isDelay(delayMs))
    throw new RangeError(`The delay of a wrapper ${sayDelay(delayMs)}.`)
  if (late !== undefined) checkLate(pipeline, late)
  if ((facets ?? text) && !isLeaf(pipeline)) {
    const [are, them] = facets ? ['Facets are', 'them'] : ['A text is', 'it']
    throw new TypeError(
      `${are} of the messages of one stage, and this wrapper is around several; give ${them} to the wrapper of the stage, or to the stage.`,
    )
  }
  const fail = failed?.as
  const wrapper: Wrapper = { input, pre, post: post as Wrapper['post'], fail, delayMs, facets, text, late }
  const beside = [failed?.to, late?.to].filter((to) => to !== undefined)
  return {
    input,
    output: (beside.length > 0 ? oneOf(output, ...beside) : output) as States<Out | Failed | Late>,
    connect: (site) =>
      isLeaf(pipeline) ? pipeline.connect({ ...site, wrapper }) : connectFramed(pipeline, wrapper, site),
  }
}

const wrappingKeys = keysOf<Wrapping<any, any, any, any, any>>({
  input: true,
  output: true,
  pre: true,
  post: true,
  delayMs: true,
  facets: true,
  text: true,
  failed: true,
  late: true,
})
const failedKeys = keysOf<NonNullable<Wrapping<any, any, any, any, any>['failed']>>({ to: true, as: true })
const lateKeys = ['afterMs', 'to', 'as']

function checkLate(pipeline: Pipeline, late: { readonly afterMs: number }): void {
  refuseUnread('`late` has', late, lateKeys)
  if (!isDelay(late.afterMs)) throw new RangeError(`The \`afterMs\` of \`late\` ${sayDelay(late.afterMs)}.`)
  if (!isLeaf(pipeline))
    throw new TypeError(
      '`late` needs one queue that it is about: give it to the wrapper of a single stage or review.',
    )
}

function connectFramed<Artifact, Ctx>(
  pipeline: Pipeline<any, any, Artifact, Ctx>,
  wrapper: Wrapper,
  site: Site,
): Connected<Artifact, Ctx> {
  const { input, pre, post, fail } = wrapper
  const { depth, exit, path } = site
  const exitLater: Site['exit'] = (token, state) =>
    andThen(exit(token, state), (changes) => delayHop(changes, wrapper, { path, id: token.id, state }))
  const leave = (token: Token, fold: (state: any) => MaybePromise<any>, to: Site['exit']) =>
    andThen(openStored(input, path, { id: token.id, value: token.frames[depth] }), (state) =>
      // Frames that were set aside further in are dropped too.
      andThen(fold(state), (next) => to({ ...token, frames: token.frames.slice(0, depth) }, next)),
    )
  const inner = pipeline.connect({
    path,
    depth: depth + 1,
    exit: (token, result) => leave(token, (state) => post(state, result), exitLater),
    fail: fail ? (token, failure) => leave(token, (state) => fail(state, failure), exit) : site.fail,
  })
  return {
    ...inner,
    queues: inner.queues.map((queue) =>
      queue.ofChildren ? queue : { ...queue, around: [path, ...queue.around] },
    ),
    enter: (token, value) =>
      andThen(accept(path, input, { id: token.id, value }), (state) => {
        const framed: Token = { ...token, frames: [...token.frames.slice(0, depth), state] }
        return andThen(pre(state), (plain) => inner.enter(framed, plain))
      }),
  }
}
