import type { Change } from '../../queue/change.ts'
import { checkReason } from '../../queue/check-reason.ts'
import { ConflictError, InvalidError, isPipewrightError, NotFoundError } from '../../queue/errors.ts'
import { faultOf } from '../../queue/fault.ts'
import { filterKeys } from '../../queue/filter.ts'
import { Held } from '../../queue/held.ts'
import { type Lens, openStored } from '../../queue/lens.ts'
import { checkPerson, type Decided, ownerOf } from '../../queue/person.ts'
import { fenceOf, nextStay, release } from '../../queue/plan.ts'
import { livingIn } from '../../queue/queue-count.ts'
import type { Page, Row } from '../../queue/rows.ts'
import { hideFolders } from '../../queue/shown-fault.ts'
import { isError, isOf } from '../../queue/thrown.mjs'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import type { Schema } from '../../schema/schema.ts'
import type { Runtime } from '../runtime.ts'
import { checkDecision } from './check-decision.ts'
import { recordOf } from './decision-record.ts'
import { claimTimes, type Decision, type Decisions, type Desk } from './desk.ts'
import { sayHolder, sayUnclaimed, taskOf } from './task.ts'

const pageKeys = keysOf<Page>({
  after: true,
  limit: true,
  order: true,
  only: true,
  by: true,
  values: true,
})

/** Opens the desk of the review at `queue`. */
export function openDesk<In, D extends Decisions>({
  queue,
  lens,
  runtime,
  input,
  decisions,
}: {
  readonly queue: string
  readonly lens: Lens<In, Decision<D>>
  readonly runtime: Runtime
  readonly input: Schema<In>
  readonly decisions: D
}): Desk<In, D> {
  const { backend, deploy } = runtime
  const asking = `Queue "${queue}"`

  return {
    kind: 'desk',
    queue,
    input,
    stored: lens.schema,
    decisions,

    async count() {
      const [counts] = await backend.count(queue)
      if (!counts) return { waiting: 0, claimed: 0, dead: 0, oldestAt: undefined }
      const { leased: claimed, dead, oldestAt } = counts
      return { waiting: livingIn(counts) - claimed, claimed, dead, oldestAt }
    },

    async list(page = {}) {
      refuseUnread(`The page of queue "${queue}" has`, page, pageKeys)
      if (page.only) refuseUnread(`The page of queue "${queue}" has \`only\` with`, page.only, filterKeys)
      const { rows, next } = await backend.list(queue, page)
      return { tasks: rows.map((row) => taskOf<In>(row)), next }
    },

    tally: (request = {}) => backend.tally({ ...request, queue }),

    async mark(id, set, { by, hop, rev, reason }) {
      checkPerson(by, asking, { queue })
      if (reason !== undefined) checkReason(reason, `Marking token "${id}"`, { queue, id })
      await backend.commit([{ kind: 'mark', queue, id, hop, rev, set, actor: by, reason }])
      return { rev: rev === undefined ? (await find(id)).rev : rev + 1 }
    },

    async get(id) {
      const row = await find(id)
      try {
        const { value } = await new Held(lens, { row, fence: fenceOf(queue, row) }, runtime).open()
        return { ...taskOf<In>(row), value }
      } catch (error) {
        return { ...taskOf<In>(row), problem: hideFolders(faultOf(error).message) }
      }
    },

    async claim(id, by, forMs = claimTimes.usual) {
      checkPerson(by, asking, { queue })
      const { least, most } = claimTimes
      if (!(forMs >= least && forMs <= most)) {
        throw new InvalidError(`A claim on token "${id}" lasts from ${least} to ${most} ms, not ${forMs}.`, {
          queue,
          id,
        })
      }
      const request = { owner: ownerOf(by), leaseMs: forMs, timeoutMs: forMs, ids: [id] }
      const [row] = await backend.lease(queue, request)
      if (row) return { hop: row.hop, lease: row.lease, leftMs: forMs }
      const found = await find(id)
      // A person who has reloaded the page has lost the number of the claim, not the claim.
      if (found.owner === request.owner && found.leaseLeftMs)
        return { hop: found.hop, lease: found.lease, leftMs: found.leaseLeftMs }
      const [counts] = await backend.count(queue)
      const why = sayUnclaimed(found, counts?.paused ?? false)
      throw new ConflictError(`Token "${id}" in queue "${queue}" cannot be claimed: ${why}.`, {
        queue,
        id,
      })
    },

    async release(id, { hop, lease, by }) {
      checkPerson(by, asking, { queue })
      await backend.commit([{ ...release({ queue, id, hop, lease }), actor: by }])
    },

    async decide(id, choice, { hop, lease, by }) {
      checkPerson(by, asking, { queue })
      const row = await find(id)
      const decided = await checkDecision(decisions, choice, { queue, id })
      if (row.hop !== hop) {
        throw new ConflictError(
          `Token "${id}" has moved on since you looked at it in queue "${queue}": look again.`,
          { queue, id },
        )
      }
      if (lease === undefined && row.leaseLeftMs) {
        throw new ConflictError(
          `Token "${id}" in queue "${queue}" cannot be decided without its claim: ${sayHolder(row)}.`,
          { queue, id },
        )
      }
      const pushes = await plan(row, decided, { id, by })
      const fields = recordOf(decided)
      const note = { event: 'decided', actor: by, reason: choice.decision, fields } as const
      const leave =
        lease === undefined
          ? ({ kind: 'take', queue, id, hop, unheld: true, ...note } as const)
          : ({ kind: 'pop', queue, id, hop, lease, ...note } as const)
      await backend.commit([leave, ...pushes])
    },
  }

  async function find(id: string): Promise<Row> {
    const row = await backend.get(queue, id)
    if (row) return row
    throw new NotFoundError(`Token "${id}" is not in queue "${queue}".`, { queue, id })
  }

  // `pre` is not run: where it fails, a person must still be able to decide.
  async function plan(row: Row, choice: Decision<D>, decided: Decided): Promise<readonly Change[]> {
    const at = { queue, id: row.id }
    const stored = await openStored(lens.schema, queue, row)
    try {
      return await lens.answer(nextStay(row, deploy), stored, choice, decided)
    } catch (cause) {
      if (isPipewrightError(cause) || isAccident(cause)) throw cause
      const what = `The decision on token "${row.id}" in queue "${queue}" leads nowhere`
      throw new InvalidError(`${what}: ${hideFolders(faultOf(cause).message)}`, { ...at, cause })
    }
  }
}

/** Whether the language or the system made `error`: a mistake in the code that folds the decision, not a refusal of it. */
function isAccident(error: unknown): boolean {
  const isMistake = ['TypeError', 'ReferenceError', 'SyntaxError'].some((name) => isOf(error, name))
  return isMistake || (isError(error) && 'syscall' in error)
}
