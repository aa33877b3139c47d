import type { LeaseRequest } from '../backend.ts'
import { isDue } from '../lapse.ts'
import { holderOf } from '../person.ts'
import { markFault } from './mark.ts'
import type { Paid } from './paid.ts'
import { isPatient, lapsed, leased as leasedStay, promoted, termOf } from './stay.ts'
import { endLease } from './tolls.ts'
import type { Known, RuledQueue, World } from './world.ts'

/** Makes a message ready that was due, or whose lease has run out; all others stay as they are. */
export function makeReady<Queue extends RuledQueue>(world: World<Queue>, known: Known<Queue>): void {
  const { queue, stay } = known
  if (!queue) return
  if (isDue(stay, world.now)) {
    world.save(known.token, promoted(stay))
    world.notify(queue)
  } else if (stay.held && stay.held.until <= world.elapsed) {
    reclaim(world, { known, queue })
  }
}

/** Makes a message ready whose lease has run out, or is `isVoid`: charged with an attempt, or suspected, or neither. */
export function reclaim<Queue extends RuledQueue>(
  world: World<Queue>,
  { known, queue, isVoid = false }: { known: Known<Queue>; queue: Queue; isVoid?: boolean },
): void {
  const { name, role } = queue
  const { stay, error } = lapsed(known.stay, { queue: name, role, isVoid })
  const owner = known.stay.held?.owner || undefined
  endLease(world, known.stay, error?.kind === 'timeout' ? 'failed' : 'quiet')
  world.save(known.token, stay)
  world.notify(queue)
  markFault(world, known, queue, error)
  world.line(known, queue, 'expired', {
    actor: owner === undefined ? undefined : holderOf(owner),
    error,
    owner,
    attempt: isPatient(role) ? undefined : known.stay.attempts + 1,
  })
}

/** Leases a message, for what it has paid at gates. A claim at a desk gets a line in the history; a worker's lease does not, since it is part of every hop. */
export function lease<Queue extends RuledQueue>(
  world: World<Queue>,
  known: Known<Queue>,
  request: LeaseRequest,
  paid?: readonly Paid[],
): void {
  const { owner, alone = false } = request
  world.save(known.token, leasedStay(known.stay, { ...termOf(request, world), paid }, alone))
  if (known.queue?.role === 'review') tellClaim(world, known, { queue: known.queue, owner })
}

/** Writes the line that a person has claimed a message. */
export function tellClaim<Queue extends RuledQueue>(
  world: World<Queue>,
  known: Pick<Known<Queue>, 'token' | 'id' | 'hop'>,
  { queue, owner }: { readonly queue: Queue; readonly owner: string },
): void {
  world.line(known, queue, 'claimed', { actor: holderOf(owner), owner })
}
