import type { Backend } from '../queue/backend.ts'
import { type Clock, systemClock } from '../queue/clock.ts'
import { InvalidError } from '../queue/errors.ts'
import { idCheck, matchingId } from '../queue/matching-id.ts'
import type { ReadQueue } from '../queue/read-queue.ts'
import { type SendOptions, send } from '../queue/send.ts'
import { type WriteQueue, writeQueue } from '../queue/write-queue.ts'
import { Admission } from '../run/admission.ts'
import type { Bulk } from '../run/bulk/bulk.ts'
import { BulkChore } from '../run/bulk/bulk-chore.ts'
import type { BulkPlace } from '../run/bulk/bulk-place.ts'
import { makeBulk } from '../run/bulk/make-bulk.ts'
import { outputQueue } from '../run/hand/output-queue.ts'
import { LateLoop } from '../run/late/late-loop.ts'
import { makeKeeper } from '../run/lease/keeper.ts'
import { newOwner, ownOwner } from '../run/lease/own-owner.ts'
import { type Log, silent } from '../run/log.ts'
import type { Runtime, SuspectsPlace } from '../run/runtime.ts'
import { soloOf } from '../run/suspects/solo-of.ts'
import { loadTracing } from '../run/trace/load-tracing.ts'
import { makeTravel } from '../run/travel/make-travel.ts'
import type { Travel } from '../run/travel/travel.ts'
import { Upkeep } from '../run/upkeep.ts'
import { checkOptions } from '../run/work/work.ts'
import type { Json } from '../schema/json.ts'
import { keysOf, refuseUnread } from '../schema/refuse-unread.ts'
import type { Schema } from '../schema/schema.ts'
import { fingerprint } from './fingerprint.ts'
import { layOut } from './lay-out.ts'
import { outputLens } from './output-lens.ts'
import type { Pipeline } from './pipeline.ts'
import { stagePlaces } from './stage-places.ts'
import { nameFault } from './workflow-name.ts'

/** The queues of a workflow, and the artifacts that work on them. */
export interface Queues<In, Out, Artifact, Ctx> extends Travel {
  /** Where tokens enter. */
  readonly input: WriteQueue<In>
  /** Of what may enter. */
  readonly accepts: Schema<In>
  /** Where finished tokens wait until they are popped. */
  readonly output: ReadQueue<Out>
  /**
   * Sends a letter to the token `id`, which keeps it until a stage reads it. Rejects with `NotFoundError` if no stage takes
   * letters of this name or there is no such token, with `InvalidError` if the value does not fit, and with `ConflictError`
   * if the token has left.
   */
  readonly send: (id: string, name: string, value: Json, options?: SendOptions) => Promise<void>
  /** Makes worker loops and desks. `ctx` has what all the stages' functions need. */
  readonly artifacts: unknown extends Ctx
    ? (ctx?: object) => Artifact
    : keyof Ctx extends never
      ? (ctx?: object) => Artifact
      : AskingArtifacts<Artifact, Ctx>
  /** What is done to many tokens at once. */
  readonly bulk: Bulk
  readonly runtime: Runtime
}

interface AskingArtifacts<Artifact, Ctx> {
  (ctx: Ctx): Artifact
  /** Never fits: the sentence of the compiler where no context is given. */
  (
    this: `The functions of the stages ask for "${keyof Ctx & string}": give it, artifacts({ ... }).`,
  ): Artifact
}

/** Options of `makeQueues`. */
export interface QueuesOptions<In = any> {
  /** The id that a token must have to enter with `value`, such as the barcode in it; by default any. */
  readonly idOf?: ((value: In) => string) | undefined
  /** Where everything is logged; by default nowhere. */
  readonly log?: Log
  /** By default the clock of this machine. */
  readonly clock?: Clock
  /**
   * The owner of all leases; by default made of host, process and a random part. No two processes may have the same.
   * If queues are made again with the same owner in one process, `#2` and so on is added, where they may be the same ones.
   */
  readonly owner?: string
  /**
   * Where messages whose process was lost (suspects) are worked on: by default `here`, each alone for a moment while the
   * other work of this process waits. Where handlers take long, start one more process with `only`, which works on
   * nothing else, and all others with `elsewhere`. For `worker` stages; the reader of any other stage leases its own suspects.
   */
  readonly suspects?: SuspectsPlace
  /** Lets an older version make queues again that a newer one has renamed or left out; by default it is refused. */
  readonly rollback?: boolean
  /**
   * How many messages the workers of this process work on at once, by the names of their queues (`books/decrypt`), where
   * that is to be another number than their own.
   */
  readonly concurrency?: ReadonlyMap<string, number> | undefined
}

const optionKeys = keysOf<QueuesOptions>({
  idOf: true,
  log: true,
  clock: true,
  owner: true,
  suspects: true,
  rollback: true,
  concurrency: true,
})

/**
 * Makes or finds the queues of `pipeline` in `backend`, under the workflow's `name`. Rejects with `ConflictError` if
 * messages wait in queues that the workflow no longer has, or if a newer version has renamed or left out one that
 * this one would make again; with `InvalidError` for a name that is not a letter followed by up to 62 letters,
 * digits, `_` or `-`.
 */
export async function makeQueues<In, Out, Artifact, Ctx>(
  pipeline: Pipeline<In, Out, Artifact, Ctx>,
  backend: Backend,
  name: string,
  options: QueuesOptions<NoInfer<In>> = {},
): Promise<Queues<In, Out, Artifact, Ctx>> {
  refuseUnread('makeQueues() is given', options, optionKeys)
  const fault = nameFault(name)
  if (fault !== undefined) throw new InvalidError(fault)
  const laid = layOut(pipeline, name)
  const { enter, specs, output, letters, artifact } = laid
  const { deploy } = await backend.declare({
    workflow: name,
    queues: specs,
    fingerprint: fingerprint(pipeline, laid),
    rollback: options.rollback,
    ...(laid.gates.length > 0 && { gates: laid.gates }),
  })
  const { log = silent, clock = systemClock, owner, idOf, suspects, concurrency } = options
  const ownName = owner === undefined ? newOwner() : ownOwner(backend, owner)
  const keeper = makeKeeper({ backend, owner: ownName, clock, log })
  const solo = soloOf(clock)
  const plan = idOf ? matchingId(enter, pipeline.input, idOf) : enter
  const tracing = await loadTracing()
  const stages = stagePlaces(laid)
  const place: BulkPlace = {
    ...{ backend, workflow: name, deploy, clock, log, stages },
    checkId: idOf && idCheck(pipeline.input, idOf),
  }
  const upkeep = new Upkeep([
    new Admission({ backend, workflow: name, deploy, clock, log, plan }),
    ...laid.late.map((late) => new LateLoop({ backend, deploy, clock, log }, late)),
    ...(suspects === 'only' ? [] : [new BulkChore(place)]),
  ])
  const runtime: Runtime = {
    ...{ backend, workflow: name, owner: ownName, deploy, clock, log, keeper, solo, upkeep, suspects },
    ...{ tracing, concurrency },
  }
  const lens = outputLens(pipeline, output)
  return {
    input: writeQueue(backend, plan, { workflow: name, deploy, trace: tracing?.active }),
    accepts: pipeline.input,
    output: outputQueue({ queue: output, lens, runtime, options: checkOptions({}) }),
    send: (id, letter, value, options) =>
      send(backend, { workflow: name, letters }, { id, name: letter, value }, options),
    artifacts: (ctx?: unknown) => artifact(runtime, ctx as Ctx),
    runtime,
    ...makeTravel(place),
    bulk: makeBulk(place),
  }
}
