import type { Backend, Clock } from '../../src/index.ts'
import type { Change, Push, Receipt } from '../../src/queue/contract.ts'
import { openUsual } from '../on/open.ts'

/** A backend that commits `changes` in a way of its own. */
function committing(
  backend: Backend,
  commit: (changes: readonly Change[], backend: Backend) => Promise<Receipt>,
): Backend {
  return { ...backend, commit: (changes) => commit(changes, backend) }
}

const isPush = (change: Change): change is Push => change.kind === 'push'
const reentering = (changes: readonly Change[]) =>
  changes.filter(isPush).map((push): Push => ({ ...push, enter: 'replace' }))

/** Forgets to put `id` into `queue`. */
export const forgetting = (id: string, queue: string) => async (clock: Clock) =>
  committing(await openUsual({ clock }), (changes, backend) =>
    backend.commit(changes.filter((each) => !(isPush(each) && each.queue === queue && each.token.id === id))),
  )

/** Records results whose lease was gone all the same. */
export const forgiving = async (clock: Clock): Promise<Backend> => {
  const backend = committing(await openUsual({ clock }), async (changes, inner) => {
    try {
      return await inner.commit(changes)
    } catch (error) {
      if ((error as { code?: string }).code !== 'lease_lost' || !changes.some(isPush)) throw error
      return inner.commit(reentering(changes))
    }
  })
  // Nor does it renew what it says it has renewed, so that there are late results.
  return { ...backend, extend: async (_, held) => ({ held, strays: [] }) }
}

/** Is not sure whether a result came to the output, and puts it there once more. */
export const insisting = (output: string) => async (clock: Clock) =>
  committing(await openUsual({ clock }), async (changes, backend) => {
    const receipt = await backend.commit(changes)
    const results = changes.filter((each) => isPush(each) && each.queue === output)
    if (results.length > 0) await backend.commit(reentering(results))
    return receipt
  })

/** Keeps `output` apart from the other queues, so that a commit has two halves; does only the first for `id`. */
export const halving =
  (id: string, output: string) =>
  async (clock: Clock): Promise<Backend> => {
    const [backend, other] = [await openUsual({ clock }), await openUsual({ clock })]
    const of = (queue: string) => (queue === output ? other : backend)
    return {
      ...backend,
      declare: async (declaration) => {
        await other.declare(declaration)
        return backend.declare(declaration)
      },
      lease: (queue, request) => of(queue).lease(queue, request),
      get: (queue, each) => of(queue).get(queue, each),
      list: (queue, page) => of(String(queue)).list(queue, page),
      count: async () => {
        const counts = [...(await backend.count()), ...(await other.count())]
        return counts.filter(
          ({ queue, ...sizes }) => of(queue) === (sizes.role === 'output' ? other : backend),
        )
      },
      commit: async (changes) => {
        const arriving = changes.filter((each) => isPush(each) && each.queue === output)
        if (arriving.length === 0) return backend.commit(changes)
        const receipt = await other.commit(reentering(arriving))
        const rest = changes.filter((each) => !arriving.includes(each))
        if (rest.some((each) => 'id' in each && each.id === id)) return receipt
        return backend.commit(rest)
      },
    }
  }
