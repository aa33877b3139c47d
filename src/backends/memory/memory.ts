import { setTimeout } from 'node:timers/promises'
import type { Backend } from '../../queue/backend.ts'
import { checkFamilyPage } from '../../queue/check-family.ts'
import { checkFence } from '../../queue/check-fence.ts'
import { checkTally } from '../../queue/check-filter.ts'
import { checkToll } from '../../queue/check-gate.ts'
import { checkRecalling } from '../../queue/check-letter.ts'
import { checkLinesRequest } from '../../queue/check-lines.ts'
import { checkJourneyPart, checkLeaseRequest, checkPage } from '../../queue/check-question.ts'
import { checkRecordPage } from '../../queue/check-record.ts'
import { type Clock, systemClock } from '../../queue/clock.ts'
import { BackendError } from '../../queue/errors.ts'
import type { Page } from '../../queue/rows.ts'
import { apply } from '../../queue/rules/apply.ts'
import { pass } from '../../queue/rules/tolls.ts'
import { keysOf, refuseUnread } from '../../schema/refuse-unread.ts'
import { declare } from './declare.ts'
import { Draft } from './draft.ts'
import { familyOf } from './family.ts'
import { extend, lease } from './lease.ts'
import { listed } from './list.ts'
import { Queues } from './queues.ts'
import { tallied } from './tally.ts'
import { Watchers } from './watchers.ts'

/** Options of a memory backend. */
export interface MemoryOptions {
  readonly clock?: Clock | undefined
}

/** Queues in this process's memory, gone when it ends: for tests, and for work that need not survive. */
export function memory(options: MemoryOptions = {}): Backend {
  refuseUnread('memory() is given', options, keysOf<MemoryOptions>({ clock: true }))
  const clock = options.clock ?? systemClock
  const queues = new Queues(clock)
  const watchers = new Watchers(queues)
  let isClosed = false

  /** Runs `work` synchronously, so that nothing comes between; what it throws becomes a rejection. */
  async function atOnce<T>(work: () => T): Promise<T> {
    if (isClosed) throw new BackendError('This memory backend is closed.', { isClosed: true })
    return work()
  }

  function transact<T>(work: (draft: Draft) => T): T {
    const draft = new Draft(queues)
    try {
      const done = work(draft)
      publish(draft)
      return done
    } catch (error) {
      draft.gates.discard()
      throw error
    }
  }

  function publish(draft: Draft): void {
    const woken = draft.publish()
    for (const name of draft.gates.rung) watchers.rung(name)
    for (const queue of woken) watchers.notify(queue)
    for (const queue of draft.putOff) watchers.expect(queue)
  }

  return {
    isPrivate: true,
    declare: (declaration) =>
      atOnce(() => {
        const { deploy, woken } = declare(queues, declaration)
        for (const queue of woken) watchers.notify(queue)
        return { deploy }
      }),
    async lease(name, request) {
      // A busy event loop may have kept a worker in this process from renewing it: let timers go first.
      if (clock === systemClock && queues.find(name)?.hasExpired(clock.elapsed())) await setTimeout(0)
      return atOnce(() => {
        checkLeaseRequest(name, request)
        const queue = queues.get(name)
        const { leased, ended } = lease(queues, queue, request)
        for (const name of ended.gates.rung) watchers.rung(name)
        for (const each of ended.woken) if (each !== queue) watchers.notify(each)
        // Also if it has brought nothing: it has ended the expired leases, so the next timer is for a later time.
        watchers.expect(queue)
        return leased
      })
    },
    extend: (owner, fences) =>
      atOnce(() => {
        fences.forEach(checkFence)
        return extend(queues, owner, fences)
      }),
    deploys: (workflow) => atOnce(() => queues.deploys(workflow)),
    get: (name, id) =>
      atOnce(() => {
        const queue = queues.get(name)
        const record = queues.tokens.find(queue.workflow, id)
        return record?.queue === queue ? queues.row(record) : undefined
      }),
    list: (of, page: Page = {}) =>
      atOnce(() => {
        checkPage(of, page)
        const about = typeof of === 'string' ? [queues.get(of)] : queues.names.live(of.workflow)
        return listed(about, { of, page, from: queues })
      }),
    count: (name) =>
      atOnce(() =>
        (name === undefined ? queues.all() : [queues.get(name)]).map((queue) => queues.count(queue)),
      ),
    tally: (request) =>
      atOnce(() => {
        checkTally(request)
        const { queue, workflow } = request
        const about = queue === undefined ? queues.names.live(workflow!) : [queues.get(queue)]
        return tallied(about, request, queues)
      }),
    commit: (changes) => atOnce(() => transact((draft) => apply(draft, changes))),
    records: (scope, page = {}) =>
      atOnce(() => {
        checkRecordPage(scope, page)
        return queues.recordsOf(scope, page)
      }),
    recall: (workflow, id, what = {}) =>
      atOnce(() => {
        checkRecalling(id, what)
        const record = queues.tokens.find(workflow, id)
        const isThere = record?.queue && (what.hop === undefined || what.hop === record.hop)
        return isThere ? queues.boxes.recall(record, what) : { steps: [], letters: [] }
      }),
    family: (workflow, id, page = {}) =>
      atOnce(() => {
        checkFamilyPage(id, page)
        return queues.tokens.find(workflow, id) && familyOf(queues, { workflow, id, page })
      }),
    journey: (workflow, id, part = {}) =>
      atOnce(() => {
        checkJourneyPart(id, part)
        return queues.journey(workflow, id, part)
      }),
    lines: (request = {}) =>
      atOnce(() => {
        checkLinesRequest(request)
        return queues.tokens.lines.page(request)
      }),
    pulse: (after) => atOnce(() => queues.pulse(after)),
    pass: (fence, toll) =>
      atOnce(() => {
        checkFence(fence)
        checkToll(toll)
        return transact((draft) => pass(draft, fence, toll))
      }),
    gates: () => atOnce(() => queues.gates.states(queues.all(), clock.now())),
    watch: (listener) => watchers.add(listener),
    async close() {
      isClosed = true
      watchers.close()
    },
  }
}
