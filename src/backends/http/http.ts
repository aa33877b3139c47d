import type { Backend, Renewal } from '../../queue/backend.ts'
import type { Fence } from '../../queue/change.ts'
import { checkChanges } from '../../queue/check-change.ts'
import { checkDeclaration } from '../../queue/check-declaration.ts'
import { checkFamilyPage } from '../../queue/check-family.ts'
import { checkFence } from '../../queue/check-fence.ts'
import { checkTally } from '../../queue/check-filter.ts'
import { checkToll } from '../../queue/check-gate.ts'
import { checkRecalling } from '../../queue/check-letter.ts'
import { checkLinesRequest } from '../../queue/check-lines.ts'
import { pulseSince } from '../../queue/check-pulse.ts'
import { checkJourneyPart, checkLeaseRequest, checkPage } from '../../queue/check-question.ts'
import { checkRecordPage } from '../../queue/check-record.ts'
import { systemClock } from '../../queue/clock.ts'
import type { Deploy } from '../../queue/declaration.ts'
import type { Family } from '../../queue/family.ts'
import type { GateState } from '../../queue/gate.ts'
import type { Journey } from '../../queue/journey.ts'
import type { Recalled } from '../../queue/letter.ts'
import type { LinePage } from '../../queue/lines.ts'
import type { Pulse } from '../../queue/pulse.ts'
import type { QueueCount } from '../../queue/queue-count.ts'
import type { RecordRow } from '../../queue/records.ts'
import type { Leased, Row } from '../../queue/rows.ts'
import type { Tallies } from '../../queue/tally.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import type { HttpOptions } from './http-options.ts'
import { Keeper } from './keeper/keeper.ts'
import { Listening } from './listening.ts'
import { Sending } from './sending.ts'
import { Wire } from './wire.ts'

// A renewal that takes longer has been sent again by then; one that takes as long as a lease that is not very short comes too late.
const renewedWithinMs = { least: 1000, most: 10_000 }
// The queue's next lease waits for this answer; one that comes so late, or after the length of the lease, is lost anyway.
const leasedWithinMs = { least: 5000, most: 10_000 }

const optionKeys = keysOf<HttpOptions>({
  ...{ token: true, tls: true, fetch: true, clock: true, onWarning: true },
})

/**
 * The backend that `serveBackend` serves under `url`. Times are the server's. A commit whose answer got lost is sent again for some
 * seconds, and happens once, by a record that goes with it; then it rejects with `BackendError`, and may have happened. To
 * try it again is safe: the fence of a hop that was recorded does not hold any more (`LeaseLostError`), an id that
 * has entered is refused (`ConflictError`), so nothing doubles. Throws `InvalidError` for a URL or a token that cannot be used.
 */
export function http(url: string, options: HttpOptions = {}): Backend {
  refuseUnread('http() is given', options, optionKeys)
  const wire = new Wire(url, options)
  const sending = new Sending(wire)
  const { clock = systemClock, fetch: ownFetch, onWarning = () => {} } = options
  const listening = new Listening(wire, clock)
  let renewalMs = renewedWithinMs.most
  const extend = (owner: string, fences: readonly Fence[]) =>
    wire.ask<Renewal>('extend', { owner, fences }, renewalMs)
  // A test's clock is not one that a thread could read, nor a function one that it could call.
  const keeper =
    ownFetch || clock !== systemClock
      ? undefined
      : new Keeper({
          reach: wire.reach('extend'),
          extend: async (owner, fences) => (await extend(owner, fences)).held,
          warn: onWarning,
        })
  return {
    async declare(declaration) {
      checkDeclaration(declaration)
      return wire.ask<{ deploy: number }>('declare', { declaration })
    },
    async lease(queue, request) {
      checkLeaseRequest(queue, request)
      renewalMs = Math.min(renewalMs, Math.max(renewedWithinMs.least, request.leaseMs))
      const withinMs = Math.min(leasedWithinMs.most, Math.max(leasedWithinMs.least, request.leaseMs))
      return (await wire.ask<{ messages: readonly Leased[] }>('lease', { queue, request }, withinMs)).messages
    },
    async extend(owner, fences) {
      fences.forEach(checkFence)
      return extend(owner, fences)
    },
    ...(keeper && {
      keep: (fence: Fence, leaseMs: number, lost: () => void, owner: string) =>
        keeper.keep({ fence, owner }, leaseMs, lost),
    }),
    async deploys(workflow) {
      return (await wire.ask<{ deploys: readonly Deploy[] }>('deploys', { workflow })).deploys
    },
    async get(queue, id) {
      return (await wire.ask<{ row?: Row }>('get', { queue, id })).row
    },
    async list(queue, page) {
      checkPage(queue, page ?? {})
      return wire.ask<{ rows: readonly Row[]; next?: string }>('list', { queue, page })
    },
    async count(queue) {
      return (await wire.ask<{ counts: readonly QueueCount[] }>('count', { queue })).counts
    },
    async tally(request) {
      checkTally(request)
      return wire.ask<Tallies>('tally', { request })
    },
    async commit(changes) {
      checkChanges(changes)
      return sending.commit(changes)
    },
    async records(scope, page) {
      checkRecordPage(scope, page ?? {})
      return wire.ask<{ records: readonly RecordRow[]; next?: string }>('records', { scope, page })
    },
    async recall(workflow, id, what) {
      checkRecalling(id, what ?? {})
      return wire.ask<Recalled>('recall', { workflow, id, what })
    },
    async family(workflow, id, page) {
      checkFamilyPage(id, page ?? {})
      return (await wire.ask<{ family?: Family }>('family', { workflow, id, page })).family
    },
    async journey(workflow, id, part = {}) {
      checkJourneyPart(id, part)
      return (await wire.ask<{ journey?: Journey }>('journey', { workflow, id, ...part })).journey
    },
    async lines(request = {}) {
      checkLinesRequest(request)
      return wire.ask<LinePage>('lines', { request })
    },
    async pulse(after) {
      if (after !== undefined) pulseSince(after, 0)
      return (await wire.ask<{ pulse: Pulse }>('pulse', { after })).pulse
    },
    async pass(fence, toll) {
      checkFence(fence)
      checkToll(toll)
      return sending.pass(fence, toll)
    },
    async gates() {
      return (await wire.ask<{ gates: readonly GateState[] }>('gates', {})).gates
    },
    watch: (listener) => listening.add(listener),
    async close() {
      const closed = [wire.close(), keeper?.close()]
      listening.close()
      await Promise.all(closed)
    },
  }
}
