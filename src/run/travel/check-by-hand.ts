import { checkReason } from '../../queue/check-reason.ts'
import { InvalidError } from '../../queue/errors.ts'
import { checkPerson } from '../../queue/person.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import type { ByHand, Forking, Moving, Repairing, Rerunning } from './travel.ts'

const common = { by: true, reason: true, dryRun: true } as const
const keys = {
  Editing: keysOf<Repairing>({ ...common, hop: true, force: true }),
  Moving: keysOf<Moving>({ ...common, hop: true, force: true, to: true, value: true }),
  Rerunning: keysOf<Rerunning>({ ...common, from: true, set: true, force: true }),
  Forking: keysOf<Forking>({ ...common, from: true, set: true }),
  Uncancelling: keysOf<ByHand>(common),
}

/** Throws a sentence unless `options` say who does what to token `id`, and why. */
export function checkByHand(what: keyof typeof keys, id: string, options: ByHand): void {
  const asking = `${what} token "${id}"`
  if (typeof options !== 'object' || options === null)
    throw new InvalidError(`${asking} needs to know who does it and why: { by, reason }.`, { id })
  refuseUnread(`${asking} is given`, options, keys[what])
  checkPerson(options.by, asking, { id })
  checkReason(options.reason, asking, { id })
}
