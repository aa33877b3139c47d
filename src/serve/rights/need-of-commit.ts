import type { Change, Drop, Fence, Mail, Push, Put, Take, TurnGate } from '../../queue/change.ts'
import { isPromised } from '../../schema/schema.ts'
import { type Holder, type Need, workflowOf } from './holder.ts'
import type { Places } from './places.ts'

/** What a change needs that its token has not; undefined if all is well. */
type Verdict = Need | undefined | Promise<Need | undefined>

/** The workflow under which `http()` keeps the records that make its commits safe to repeat. */
const ownRecords = 'pipewright/http'

/**
 * What a commit needs that `holder` has not; undefined if it may happen. A push that leads a token on needs nothing: that token has
 * left a queue in the same commit, by a change that is looked at itself, or the backend refuses it. What has a fence in the commit
 * is the token's own: if the fence does not hold, nothing of the commit happens.
 */
export function needOfCommit(changes: readonly Change[], holder: Holder, places: Places): Verdict {
  const own = new Set(changes.filter(isFenced).map(({ queue, id }) => keyOf(workflowOf(queue), id)))
  const judging = { holder, places, own }
  const looking: Promise<Need | undefined>[] = []
  for (const change of changes) {
    const verdict = needOf(change, judging)
    if (isPromised(verdict)) looking.push(Promise.resolve(verdict))
    else if (verdict) {
      void Promise.allSettled(looking)
      return verdict
    }
  }
  if (looking.length === 0) return undefined
  return Promise.all(looking).then((found) => found.find((need) => need !== undefined))
}

interface Judging {
  readonly holder: Holder
  readonly places: Places
  /** The tokens of which the commit has a fence. */
  readonly own: ReadonlySet<string>
}

function needOf(change: Change, judging: Judging): Verdict {
  const { holder } = judging
  switch (change.kind) {
    case 'push':
      return change.enter === undefined ? undefined : needOfEntry(change, judging)
    case 'take':
      return needOfTake(change, holder)
    case 'put':
    case 'drop':
      return needOfRecord(change, judging)
    case 'mail':
      return needOfMail(change, judging)
    case 'gate':
      return needOfGate(change, judging)
    case 'revive':
    case 'mark':
    case 'line':
      return unless(holder, { right: 'operate', queue: change.queue })
    default:
      return unless(holder, { right: 'work', queue: change.queue })
  }
}

function needOfEntry({ queue, token: { id }, enter, event, reply }: Push, judging: Judging): Verdict {
  const { holder, places } = judging
  const missing =
    unless(holder, { right: 'enter', queue }) ??
    (event === undefined ? undefined : unless(holder, { right: 'operate', queue }))
  if (missing) return missing
  const sender = reply && needOfMail(reply, judging)
  if (enter !== 'replace' || holder.has('operate', `${workflowOf(queue)}/*`)) return sender
  return Promise.all([sender, places.whereIs(workflowOf(queue), id)]).then(
    ([missing, place]) =>
      missing ?? (place === undefined ? undefined : unless(holder, { right: 'operate', queue: place })),
  )
}

// To take what is not leased is no more than to lease it and to answer.
function needOfTake({ queue, unheld, descend }: Take, holder: Holder): Verdict {
  if (descend) return unless(holder, { right: 'operate', queue: `${workflowOf(queue)}/*` })
  if (unheld && holder.has('work', queue)) return undefined
  return unless(holder, { right: 'operate', queue })
}

function needOfRecord(change: Put | Drop, judging: Judging): Verdict {
  const { holder } = judging
  const { workflow, id, key } = change
  if (id !== undefined) return needOfMail({ workflow, id }, judging)
  const isReceipt = change.kind === 'put' && change.repeat === true
  if (isReceipt && workflow === ownRecords) return undefined
  if (key.startsWith('process/') && holder.hasSome('work', workflow)) return undefined
  const ofEntry = key.startsWith('cron/') || (isReceipt && key.startsWith('once/'))
  if (ofEntry && holder.hasSome('enter', workflow)) return undefined
  return unless(holder, { right: 'operate', queue: `${workflow}/*` })
}

/** What it takes to put something into the box of a token, or beside it. */
function needOfMail(
  { workflow, id }: Pick<Mail, 'workflow' | 'id'>,
  { holder, places, own }: Judging,
): Verdict {
  if (own.has(keyOf(workflow, id)) || holder.has('work', `${workflow}/*`)) return undefined
  if (holder.has('operate', `${workflow}/*`)) return undefined
  return places.whereIs(workflow, id).then((queue = `${workflow}/*`) => {
    if (holder.has('operate', queue)) return undefined
    return unless(holder, { right: 'work', queue })
  })
}

function needOfGate(change: TurnGate, { holder, places, own }: Judging): Verdict {
  const { name } = change
  if (holder.has('operate', name)) return undefined
  // As a worker does whose error says so, in the commit that gives its message back.
  const isShutByWork = own.size > 0 && isOnlyShut(change)
  if (isShutByWork && holder.has('work', name)) return undefined
  return places.behind(name).then((queues) => {
    if (isShutByWork && queues.some((queue) => holder.has('work', queue))) return undefined
    const lacking = queues.find((queue) => !holder.has('operate', queue))
    return queues.length > 0 && lacking === undefined
      ? undefined
      : { right: 'operate', queue: lacking ?? name }
  })
}

function isOnlyShut({ closed, limit, rate, hold }: TurnGate): boolean {
  return closed === true && limit === undefined && rate === undefined && hold === undefined
}

const fenced: ReadonlySet<string> = new Set<Change['kind']>([
  'pop',
  'postpone',
  'bury',
  'remember',
  'accompany',
])

function isFenced(change: Change): change is Change & Fence {
  return fenced.has(change.kind)
}

function unless(holder: Holder, need: Need): Need | undefined {
  return holder.has(need.right, need.queue) ? undefined : need
}

function keyOf(workflow: string, id: string): string {
  return `${workflow}/${id}`
}
