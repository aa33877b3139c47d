import { checkFilter } from '../../queue/check-filter.ts'
import { checkReason } from '../../queue/check-reason.ts'
import { InvalidError, NotFoundError } from '../../queue/errors.ts'
import type { Filter } from '../../queue/filter.ts'
import { parseFilter } from '../../queue/filter-language.ts'
import { namesLike } from '../../queue/find-named.ts'
import { checkPerson } from '../../queue/person.ts'
import { sayFilter } from '../../queue/say-filter.ts'
import type { Status } from '../../queue/status.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import { knownMarks } from '../known-marks.ts'
import { stageNamed } from '../travel/find-stage.ts'
import type { BulkAction, BulkRequest } from './bulk.ts'
import type { BulkPlace } from './bulk-place.ts'
import { newRun, type Part, type RunState } from './run-state.ts'

const common = {
  action: true,
  where: true,
  queue: true,
  force: true,
  by: true,
  reason: true,
  rate: true,
} as const
const keys: Readonly<Record<BulkAction['action'], readonly string[]>> = {
  retry: keysOf<BulkRequest & { action: 'retry' }>(common),
  cancel: keysOf<BulkRequest & { action: 'cancel' }>(common),
  move: keysOf<BulkRequest & { action: 'move' }>({ ...common, to: true }),
  edit: keysOf<BulkRequest & { action: 'edit' }>({ ...common, set: true }),
}

const retried: readonly Status[] = ['dead', 'delayed']
const retriable: readonly Status[] = [...retried, 'waiting']

/** What `request` asks for, as a run that has not begun. Rejects with an `InvalidError` or `NotFoundError` if it cannot be done. */
export async function readRequest(place: BulkPlace, request: BulkRequest): Promise<RunState> {
  if (!Object.hasOwn(keys, String(request?.action)))
    throw new InvalidError(`A bulk action is retry, cancel, move or edit, not "${String(request?.action)}".`)
  const asking = `A bulk ${request.action}`
  refuseUnread(`${asking} is given`, request, keys[request.action])
  checkWho(request, asking)
  checkRate(request.rate, asking)
  const does = actionOf(place, request)
  const { by, reason, rate = null, force = false } = request
  const { filter, where } = await readWhere(place, request, asking)
  const queues = (await queuesOf(place, request.queue)).filter(
    (name) => does.action !== 'move' || name !== does.to,
  )
  if (queues.length === 0) throw new InvalidError(`${asking} leads to where its messages are.`)
  const statuses = does.action === 'retry' ? retriedIn(filter) : [null]
  const parts = queues.flatMap((queue) => statuses.map((status): Part => ({ queue, status })))
  const startedAt = Math.floor(place.clock.now())
  return newRun({ does, filter, where, parts, force, rate, by, reason, startedAt })
}

/** Throws an `InvalidError` unless it is said who asks for it, and why. */
export function checkWho({ by, reason }: Pick<BulkRequest, 'by' | 'reason'>, asking: string): void {
  checkPerson(by, asking)
  checkReason(reason, asking, {})
}

/** Throws an `InvalidError` for a rate that cannot be kept. */
export function checkRate(rate: number | undefined, asking: string): void {
  if (rate === undefined || (Number.isInteger(rate) && rate >= 1 && rate <= 1000)) return
  throw new InvalidError(
    `${asking} was asked for at a rate of ${rate}; it is a whole number from 1 to 1,000 a second.`,
  )
}

function actionOf({ stages }: BulkPlace, request: BulkRequest): BulkAction {
  switch (request.action) {
    case 'move':
      if (typeof request.to !== 'string') throw new InvalidError('A bulk move needs to know where: `to`.')
      return { action: 'move', to: stageNamed(stages, request.to).queue }
    case 'edit': {
      const { set } = request
      if (typeof set !== 'object' || set === null || Object.keys(set).length === 0)
        throw new InvalidError('A bulk edit needs to know what is to be another: `set`, paths with values.')
      return { action: 'edit', set }
    }
    default:
      return { action: request.action }
  }
}

/** The filter, and how people write it. A mark that no message has is refused: where it is excluded, all would match. */
async function readWhere(
  { backend, workflow, clock }: BulkPlace,
  { where, by }: BulkRequest,
  asking: string,
): Promise<{ readonly filter: Filter; readonly where: string }> {
  if (typeof where !== 'string') {
    if (typeof where !== 'object' || where === null)
      throw new InvalidError(`${asking} needs to know which messages: \`where\`, a filter, or "" for all.`)
    checkFilter(where, asking)
    return { filter: JSON.parse(JSON.stringify(where)) as Filter, where: sayFilter(where, { workflow }) }
  }
  const reading = { now: Math.floor(clock.now()), me: by, workflow }
  const names = Object.keys(parseFilter(where, reading).marks ?? {})
  const known = names.length === 0 ? undefined : await knownMarks(backend, { workflow })
  return { filter: parseFilter(where, { ...reading, ...(known && { keys: known }) }), where }
}

function retriedIn({ status }: Filter): readonly Status[] {
  if (status === undefined) return retried
  if (retriable.includes(status)) return [status]
  throw new InvalidError(
    `A bulk retry is of messages that are dead, delayed or waiting; the filter asks for those that are ${status}.`,
  )
}

/** The queues in which it looks: one, or all stages and desks. */
async function queuesOf(
  { backend, workflow }: BulkPlace,
  name: string | undefined,
): Promise<readonly string[]> {
  const counts = await backend.count()
  const own = counts
    .filter((each) => each.workflow === workflow && (each.role === 'stage' || each.role === 'review'))
    .map(({ queue }) => queue)
  if (name === undefined) return own
  const found = namesLike(name, own)
  if (found.length === 1) return found
  const sentence =
    found.length > 1 ? `More than one queue is called "${name}"` : `There is no queue "${name}"`
  throw new NotFoundError(`${sentence} among the stages and desks: ${own.join(', ') || 'none yet'}.`)
}
