import type { Backend } from '../../queue/backend.ts'
import { ForbiddenError } from './forbidden.ts'
import type { Holder, Need } from './holder.ts'
import { needOfCommit } from './need-of-commit.ts'
import { placesIn } from './places.ts'

/** What is served of a backend. */
export type Asked = Omit<Backend, 'watch' | 'close' | 'keep' | 'inbox' | 'isPrivate'>

const reading = ['read', 'work', 'operate'] as const

/**
 * `backend` as `holder` may use it: what it may not do rejects with a `ForbiddenError` and changes nothing. Of counts it gets those of
 * the queues that it may read.
 */
export function limited(backend: Asked, holder: Holder): Asked {
  const places = placesIn(backend)

  return {
    async declare(declaration) {
      const { workflow, fingerprint } = declaration
      if (holder.has('declare', `${workflow}/*`)) return backend.declare(declaration)
      demandKnown(workflow, 'declare')
      // A version that is there already: its worker only wants to know its number.
      const known = (await backend.deploys(workflow)).find((each) => each.fingerprint === fingerprint)
      if (!known) throw lacking({ right: 'declare', queue: `${workflow}/*` })
      return { deploy: known.deploy }
    },
    async lease(queue, request) {
      demand({ right: 'work', queue })
      return backend.lease(queue, request)
    },
    async extend(owner, fences) {
      for (const { queue } of fences) demand({ right: 'work', queue })
      const { held, strays } = await backend.extend(owner, fences)
      return { held, strays: strays.filter(({ queue }) => holder.has('work', queue)) }
    },
    async deploys(workflow) {
      // A worker asks whether there are bulk actions in its workflow: these stand in one beside it.
      demandKnown(workflow.replace(/\.bulk$/, ''), 'read')
      return backend.deploys(workflow)
    },
    async get(queue, id) {
      demandReading(queue)
      return backend.get(queue, id)
    },
    async list(queue, page) {
      demandReading(typeof queue === 'string' ? queue : `${queue.workflow}/*`)
      return backend.list(queue, page)
    },
    async count(queue) {
      if (queue !== undefined) demandReading(queue)
      const counts = await backend.count(queue)
      return queue !== undefined ? counts : counts.filter((each) => mayRead(each.queue))
    },
    async tally(request) {
      const { queue, workflow } = request
      demandReading(queue ?? (workflow === undefined ? undefined : `${workflow}/*`))
      return backend.tally(request)
    },
    async commit(changes) {
      const need = await needOfCommit(changes, holder, places)
      if (need) throw lacking(need)
      return backend.commit(changes)
    },
    async records(scope, page) {
      const { workflow, id } = scope
      if (id !== undefined) await demandSight(workflow, id)
      else if (!(page?.prefix?.startsWith('cron/') && holder.hasSome('enter', workflow)))
        demandReading(`${workflow}/*`)
      return backend.records(scope, page)
    },
    async recall(workflow, id, what) {
      await demandSight(workflow, id)
      return backend.recall(workflow, id, what)
    },
    async family(workflow, id, page) {
      await demandSight(workflow, id)
      return backend.family(workflow, id, page)
    },
    async journey(workflow, id, part) {
      // Values are those of all queues in which the token has been.
      if (part?.values) demandReading(`${workflow}/*`)
      else await demandSight(workflow, id)
      return backend.journey(workflow, id, part)
    },
    async lines(request) {
      demandReading(request?.queue)
      return backend.lines(request)
    },
    async pulse(after) {
      demandReading(undefined)
      return backend.pulse(after)
    },
    async pass(fence, toll) {
      demand({ right: 'work', queue: fence.queue })
      return backend.pass(fence, toll)
    },
    async gates() {
      demandReading(undefined)
      return backend.gates()
    },
  }

  function lacking(need: Need): ForbiddenError {
    return new ForbiddenError(holder, need)
  }

  function demand(need: Need): void {
    if (!holder.has(need.right, need.queue)) throw lacking(need)
  }

  function mayRead(queue: string | undefined): boolean {
    return reading.some((right) => holder.has(right, queue))
  }

  function demandReading(queue: string | undefined): void {
    if (!mayRead(queue)) throw lacking({ right: 'read', queue })
  }

  function demandKnown(workflow: string, right: 'read' | 'declare'): void {
    if (!holder.knows(workflow)) throw lacking({ right, queue: `${workflow}/*` })
  }

  /** Demands that a token may be looked at: where it is, or everywhere in its workflow. */
  async function demandSight(workflow: string, id: string): Promise<void> {
    const everywhere = `${workflow}/*`
    if (mayRead(everywhere)) return
    demandKnown(workflow, 'read')
    const place = await places.whereIs(workflow, id)
    demandReading(place ?? everywhere)
  }
}
