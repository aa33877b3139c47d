import type { Fault, Push } from '../../queue/change.ts'
import { ConflictError } from '../../queue/errors.ts'
import type { Journey } from '../../queue/journey.ts'
import { type Marks, ownMarks } from '../../queue/marks.ts'
import { nextStay } from '../../queue/plan.ts'
import { findStay, lastHopOf } from '../travel/find-stay.ts'
import { asItWas } from '../travel/rerun.ts'
import { attributesIn } from '../travel/stage-place.ts'
import type { Handled } from './handled.ts'
import {
  noteOf,
  type Placed,
  type Planned,
  type Planning,
  type Refused,
  refusalOf,
  takeBy,
} from './plan-message.ts'

/** Something has happened to a message since, so that it cannot be put back. */
export const movedOn = Symbol('moved on')

/** Which run is undone, and what it did. */
export interface Undoing {
  readonly of: string
  readonly what: string
}

/** What puts a message back to what it was before a run did `what` to it; or why nothing does. */
export async function planUndo(
  planning: Planning,
  { of, what }: Undoing,
  was: Handled,
): Promise<Planned | Refused | typeof movedOn> {
  const { backend, workflow } = planning.place
  const journey = await backend.journey(workflow, was.id, { hop: was.hop })
  // What the run has passed over, and another has done something to, is not its own.
  const isOwn = journey?.lines.some(({ hop, fields }) => hop === was.hop && byOf(fields) === of)
  if (!journey || !isOwn) return movedOn
  try {
    if (what === 'cancel') return await bringBack(planning, was, journey)
    return isUnbegun(journey, was, what) ? await putBack(planning, what, was, journey) : movedOn
  } catch (error) {
    return refusalOf(error)
  }
}

function byOf(fields: unknown): unknown {
  return (fields as { readonly by?: unknown } | undefined)?.by
}

/** Whether what a run has made of a message is there as it was left, and no worker has begun it. */
function isUnbegun({ row, queue }: Journey, was: Handled, what: string): boolean {
  if (!row || queue === undefined || row.status === 'leased') return false
  if (what !== 'retry') return row.hop === was.hop + 1 && row.lease === 0 && row.status !== 'dead'
  return row.hop === was.hop && row.lease === was.lease && row.status === 'ready'
}

async function putBack(planning: Planning, what: string, was: Handled, journey: Journey): Promise<Planned> {
  const row = { ...journey.row!, queue: journey.queue! }
  const { place } = planning
  const to =
    what === 'retry' ? asItIs(row, was) : await asItWas(place, was.id, await findStay(place, was.id, was.hop))
  const fault = was.status === 'dead' ? (row.error ?? (await faultOf(planning, was))) : undefined
  const attributes = await attributesIn(place, to, was.id)
  const { queue, value, frames } = to
  const token = { ...nextStay(row, place.deploy), frames }
  const push: Push = {
    kind: 'push',
    queue,
    token,
    value,
    ...restOf(planning, was, fault),
    ...attributes,
    // It was only made ready: so it has those too that people have set.
    ...(what === 'retry' && { marks: ownMarksOf(row) }),
  }
  return { changes: [takeBy(planning, row, 'undone'), push], to: queue, value }
}

// It was only made ready.
function asItIs({ queue, value, frames }: Placed, { id, status }: Handled) {
  if (status !== 'waiting') return { queue, value, frames }
  throw new ConflictError(`Token "${id}" has waited for letters, and its stay would not be the same again.`)
}

/** The marks of a message that may be set again: a backend sets the others itself. */
function ownMarksOf({ marks = {} }: Placed): Marks {
  return Object.fromEntries(Object.entries(marks).filter(([name]) => !ownMarks.some((own) => own === name)))
}

// A token that was cancelled is in no queue: it enters again, in the travel that it was on.
async function bringBack(
  planning: Planning,
  was: Handled,
  journey: Journey,
): Promise<Planned | typeof movedOn> {
  const { place, run } = planning
  if (journey.outcome !== 'cancelled' || lastHopOf(journey) !== was.hop) return movedOn
  const stay = await findStay(place, was.id, was.hop)
  const { queue, value, frames } = await asItWas(place, was.id, stay)
  const fault = was.status === 'dead' ? await faultOf(planning, was) : undefined
  const attributes = await attributesIn(place, { queue, value }, was.id)
  const { actor, reason } = noteOf(planning)
  const token = {
    id: was.id,
    hop: was.hop + 1,
    frames,
    priority: journey.priority,
    parent: journey.parent,
    deploy: place.deploy,
  }
  const push: Push = {
    ...{ kind: 'push', queue, token, value, enter: 'replace', event: 'undone', lastHop: was.hop },
    ...{ actor, reason: `${run}: ${reason}`.slice(0, 1000), ...restOf(planning, was, fault) },
    ...attributes,
  }
  return { changes: [push], to: queue, value }
}

function restOf({ place }: Planning, { status, dueAt }: Handled, fault: Fault | undefined): Partial<Push> {
  if (status === 'dead') return { dead: fault ?? unknownFault }
  if (status !== 'delayed' || dueAt === undefined) return {}
  return { delayMs: Math.max(0, dueAt - place.clock.now()) }
}

/** Of what a message had died, as its history says. */
async function faultOf({ place }: Planning, { id, hop }: Handled): Promise<Fault | undefined> {
  const journey = await place.backend.journey(place.workflow, id, { hop })
  return journey?.lines.findLast(({ event, error }) => error && (event === 'buried' || event === 'expired'))
    ?.error
}

const unknownFault: Fault = {
  kind: 'error',
  name: 'Error',
  message: 'Of what it died is not known any more.',
}
