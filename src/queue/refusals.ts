import type { Fence } from './change.ts'
import { ConflictError, LeaseLostError, NotFoundError, UnroutableError } from './errors.ts'
import type { Scope } from './records.ts'

// What backends refuse, in the same words in every backend.

interface Place {
  readonly queue: string
  readonly id: string
}

/** No workflow has declared `queue`. */
export function noQueue(queue: string): NotFoundError {
  return new NotFoundError(`There is no queue "${queue}"; declare its workflow first.`, { queue })
}

/** No declaration has a gate called `name`, and no queue is. */
export function noGate(name: string): NotFoundError {
  return new NotFoundError(`There is no gate "${name}"; declare it, or name a queue.`)
}

/** A newer version has left out `queue`, and no other takes it over. */
export function wasLeftOut(queue: string): NotFoundError {
  return new NotFoundError(
    `Queue "${queue}" was left out by a newer version of its workflow, and no other queue has taken it over.`,
    { queue },
  )
}

/** The token is not in `queue`. */
export function notThere({ queue, id }: Place): NotFoundError {
  return new NotFoundError(`There is no "${id}" in queue "${queue}".`, { queue, id })
}

/** The token has left the stay that is meant. */
export function movedOn({ queue, id, hop }: Place & { readonly hop?: number | undefined }): ConflictError {
  const sentence = `"${id}" is not in queue "${queue}" as hop ${hop} any more`
  return new ConflictError(`${sentence}; it has moved on.`, { queue, id })
}

/** A lease holds on what was to be taken without one. */
export function isHeld({ queue, id }: Place): ConflictError {
  return new ConflictError(
    `"${id}" in queue "${queue}" is leased; only the holder of the lease can answer it.`,
    {
      queue,
      id,
    },
  )
}

/** A message with this `status`, which is ready or leased, was to be revived. */
export function notDead({ queue, id }: Place, status: string): ConflictError {
  return new ConflictError(`"${id}" in queue "${queue}" is ${status}, not dead.`, { queue, id })
}

/** A fence does not hold. */
export function leaseLost({ queue, id, hop, lease }: Fence): LeaseLostError {
  const sentence = `Lease ${lease} of "${id}" (hop ${hop}) in queue "${queue}" does not hold any more`
  return new LeaseLostError(`${sentence}; what was answered with it is not recorded.`, { queue, id })
}

/** A token that is known already was to enter. */
export function isKnown(
  { queue, id }: Place,
  { workflow, hasFinished }: { readonly workflow: string; readonly hasFinished: boolean },
): ConflictError {
  const known = hasFinished ? 'has been through workflow' : 'is in workflow'
  const sentence = `Token "${id}" ${known} "${workflow}" already, so it cannot enter queue "${queue}"`
  return new ConflictError(`${sentence}; push it with enter: 'replace' to start it again.`, { queue, id })
}

/** A token was to go on that has left no queue in the same commit: it would be in two. */
export function hasNotLeft({ queue, id }: Place): ConflictError {
  const sentence = `Token "${id}" cannot be put into queue "${queue}"`
  return new ConflictError(`${sentence}: it has not left another queue in the same commit.`, { queue, id })
}

/** A letter was to go to a token that has left. */
export function hasLeft({ workflow, id }: { readonly workflow: string; readonly id: string }): ConflictError {
  return new ConflictError(
    `Token "${id}" has left workflow "${workflow}"; nobody reads its letters any more.`,
    {
      id,
    },
  )
}

/** A letter was to be read that is not in the box. */
export function notInBox({ queue, id }: Place): ConflictError {
  const sentence = `A letter to "${id}" in queue "${queue}" was to be read that is not in its box`
  return new ConflictError(`${sentence}; it was read before, or never came.`, { queue, id })
}

/** A step was to be recorded where one is. */
export function isRecorded({ queue, id }: Place, path: string): ConflictError {
  const sentence = `A step of "${id}" in queue "${queue}" is recorded at ${JSON.stringify(path)} already`
  return new ConflictError(`${sentence}; recall it.`, { queue, id })
}

/** A child was to enter whose parent has left the stay that it belongs to. */
export function parentMovedOn(
  { queue, id }: Place,
  { parent, hop }: { readonly parent: string; readonly hop: number },
): ConflictError {
  const sentence = `Token "${id}" cannot enter queue "${queue}": its parent "${parent}" is not in its stay ${hop} any more`
  return new ConflictError(`${sentence}.`, { queue, id })
}

/** A token was to come back that has been in another stay since. */
export function cameBack({ queue, id, lastHop }: Place & { readonly lastHop: number }): ConflictError {
  const sentence = `Token "${id}" cannot come back to queue "${queue}" from its stay ${lastHop}`
  return new ConflictError(`${sentence}: it has been in another since; look again.`, { queue, id })
}

/** A record was to be that of a token that has never entered. */
export function noSuchToken({
  workflow,
  id,
}: {
  readonly workflow: string
  readonly id: string
}): NotFoundError {
  return new NotFoundError(`There is no token "${id}" in workflow "${workflow}".`, { id })
}

/** A token was asked for that the workflow has never had. */
export function isUnknown(
  { workflow, id }: { readonly workflow: string; readonly id: string },
  cause?: Error,
): NotFoundError {
  return new NotFoundError(`Workflow "${workflow}" knows no token "${id}".`, { id, ...(cause && { cause }) })
}

/** A record was to be that of a stay that has ended, or not begun. */
export function noSuchStay({ workflow, id, hop }: Scope): ConflictError {
  const sentence = `Token "${id}" of workflow "${workflow}" is not in its stay ${hop}`
  return new ConflictError(`${sentence}; what belongs to a stay goes with it.`, { id })
}

/** A record has another revision than the one that was seen. */
export function hasOtherRev(
  { key, id, ifRev }: Scope & { readonly key: string; readonly ifRev?: number | undefined },
  rev: number | undefined,
): ConflictError {
  const found = rev === undefined ? 'is not there' : `has revision ${rev}`
  const wanted = ifRev === 0 ? 'not to be there yet' : `to have revision ${ifRev}`
  return new ConflictError(`The record "${key}" ${found}, and was ${wanted}; read it again.`, { id })
}

/** A message has another revision than the one that was seen. */
export function wasNoted({ queue, id, rev }: Place & { readonly rev?: number | undefined }, found: number) {
  const sentence = `The marks of "${id}" in queue "${queue}" have revision ${found}, and were wanted to have ${rev}`
  return new ConflictError(`${sentence}; look at them again.`, { queue, id })
}

/** A declaration has two queues of one name. */
export function isTwice(queue: string, workflow: string): ConflictError {
  return new ConflictError(
    `Workflow "${workflow}" declares queue "${queue}" twice; give one of them another name.`,
    { queue },
  )
}

/** Another workflow has a queue of this name. */
export function nameIsTaken(
  queue: string,
  { workflow, owner }: { readonly workflow: string; readonly owner: string },
): ConflictError {
  const sentence = `Queue "${queue}" of workflow "${workflow}" belongs to workflow "${owner}" already`
  return new ConflictError(`${sentence}; give it another name.`, { queue })
}

/** `count` messages wait in a queue that a declaration leaves without a place for them. */
export function haveNoHeir(
  queue: string,
  what: {
    readonly workflow: string
    readonly count: number
    /** The states of some of them, if others may take over the queue. */
    readonly tags?: readonly (string | undefined)[] | undefined
  },
): ConflictError {
  const { workflow, count, tags } = what
  const waiting = `${count} ${count === 1 ? 'message waits' : 'messages wait'} in queue "${queue}"`
  const sentence = tags
    ? `${waiting} in states that none of its heirs accepts (${tags.map((tag) => tag ?? 'without a tag').join(', ')}); let one of them accept these`
    : `${waiting}, which workflow "${workflow}" has no more; name it in the \`was\` of the stage that takes over, or empty it first`
  return new ConflictError(`${sentence}. Nothing was changed.`, { queue })
}

/** A token was to go into a queue that a newer version has left out, or split so that no heir takes its state. */
export function hasNoTaker(
  { queue, id }: Place,
  { workflow, tag, isSplit }: { workflow: string; tag: string | undefined; isSplit: boolean },
): UnroutableError {
  const state = tag === undefined ? 'a value without a tag' : `state ${tag}`
  const gone = isSplit ? `split so that no stage takes ${state}` : 'left out'
  const sentence = `Token "${id}" cannot go into queue "${queue}", which a newer version of workflow "${workflow}" has ${gone}`
  return new UnroutableError(`${sentence}; end the processes of the older version. Nothing was changed.`, {
    queue,
    id,
  })
}
