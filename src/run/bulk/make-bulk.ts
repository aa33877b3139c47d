import { randomUUID } from 'node:crypto'
import { ConflictError, InvalidError } from '../../queue/errors.ts'
import { nextStay } from '../../queue/plan.ts'
import type { Bulk, BulkRequest, BulkRun, Who } from './bulk.ts'
import { type BulkPlace, bulkDeclaration, bulkQueuesOf } from './bulk-place.ts'
import { dryRun } from './dry-run.ts'
import { findRun, findRuns, runOf, type Standing } from './find-run.ts'
import { checkRate, checkWho, readRequest } from './read-request.ts'
import { newRun, type RunState, stateJson } from './run-state.ts'
import { batchHappens, settleLast } from './settle-batch.ts'
import { watermarkOf } from './total-of.ts'
import { workBulk } from './work-bulk.ts'

/** Bulk actions on the workflow at `place`. */
export function makeBulk(place: BulkPlace): Bulk {
  const { backend, workflow, clock } = place
  const queues = bulkQueuesOf(workflow)
  const find = (id: string) => findRun(backend, queues, id)

  return {
    plan: async (request) => dryRun(place, await readRequest(place, request)),
    start: async (request) => enter(await readRequest(place, request)),
    list: async () => (await findRuns(backend, queues)).map((each) => runOf(each, queues)),
    find: async (id) => runOf(await find(id), queues),
    stop: (id, who) => move(id, who, { verb: 'Stopping', from: queues.runs, to: queues.stopped }),
    resume: (id, who) => move(id, who, { verb: 'Resuming', from: queues.stopped, to: queues.runs }),
    undo: async (id, request) => enter(undoing(await find(id), request)),
    async work(signal) {
      await backend.declare(bulkDeclaration(queues))
      return workBulk(place, signal)
    },
  }

  // It rests for a millisecond, so that it works when what is meant has all arrived.
  async function enter(state: RunState): Promise<BulkRun> {
    await backend.declare(bulkDeclaration(queues))
    const { by: actor, reason, does } = state
    const id = `${does.action}-${randomUUID().slice(0, 8)}`
    const token = { id, hop: 1, frames: [], priority: 0, deploy: 1 }
    const value = stateJson(state)
    await backend.commit([
      { kind: 'push', queue: queues.runs, token, value, enter: 'refuse', delayMs: 1, actor, reason },
    ])
    return runOf(await find(id), queues)
  }

  function undoing(
    { row: { id }, queue, state }: Standing,
    { by, reason, rate }: Who & Pick<BulkRequest, 'rate'>,
  ) {
    const asking = `Undoing "${id}"`
    checkWho({ by, reason }, asking)
    checkRate(rate, asking)
    const { does, counts, filter, where } = state
    if (does.action === 'undo')
      throw new InvalidError(`"${id}" is an undo itself; do again what it took back.`, { id })
    if (queue === queues.runs)
      throw new ConflictError(`Bulk action "${id}" still goes on; stop it before it is undone.`, { id })
    const of = { action: 'undo', of: id, what: does.action } as const
    const started = { startedAt: Math.floor(clock.now()), rate: rate ?? null, by, reason }
    return { ...newRun({ does: of, filter, where, parts: [], force: false, ...started }), total: counts.done }
  }

  // A batch may be committed between the look and this; then it is looked again.
  async function move(id: string, who: Who, moving: Moving): Promise<BulkRun> {
    checkWho(who, `${moving.verb} "${id}"`)
    for (;;) {
      const { row, queue, state } = await find(id)
      if (queue !== moving.from)
        throw new ConflictError(`Bulk action "${id}" ${sayPlace(queue)}.`, { queue, id })
      const settled = await settleLast(place, id, state)
      const batches = state.batches + 1
      const value = stateJson({ ...settled, batches, watermark: state.watermark ?? watermarkOf(row) })
      const why = { actor: who.by, reason: who.reason }
      const { repeated } = await backend.commit([
        ...batchHappens(place, id, batches),
        { kind: 'take', queue, id, hop: row.hop, event: 'moved', ...why },
        { kind: 'push', queue: moving.to, token: nextStay(row, 1), value },
      ])
      if (!repeated) return runOf(await find(id), queues)
    }
  }

  function sayPlace(queue: string): string {
    if (queue === queues.done) return 'has ended'
    return queue === queues.stopped ? 'is stopped already' : 'goes on already'
  }
}

interface Moving {
  readonly verb: string
  readonly from: string
  readonly to: string
}
