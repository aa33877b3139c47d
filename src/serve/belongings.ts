import type { Backend } from '../queue/backend.ts'
import type { Fault } from '../queue/change.ts'
import type { Journey } from '../queue/journey.ts'
import { shownFault } from '../queue/shown-fault.ts'

const shownAtMost = 100

/** What belongs to a token beside its journey: its children, if it has had any, and the steps and letters of its stay. */
export async function belongings(backend: Backend, { workflow, id }: Pick<Journey, 'workflow' | 'id'>) {
  const [family, { steps, letters }] = await Promise.all([
    backend.family(workflow, id, { limit: shownAtMost }),
    backend.recall(workflow, id, { limit: shownAtMost }),
  ])
  return { children: family && childrenOf(family), steps: steps.map(shown), letters: letters.map(shown) }
}

function childrenOf({ children, dead }: NonNullable<Awaited<ReturnType<Backend['family']>>>) {
  if (Object.values(children).every((count) => count === 0)) return undefined
  return { ...children, deadOnes: dead.map(({ owes: _, ...child }) => shownError(child)) }
}

function shown<T extends { readonly failure?: Fault | undefined }>({ failure, ...rest }: T) {
  return { ...rest, ...(failure && { failure: shownFault(failure) }) }
}

function shownError<T extends { readonly error?: Fault | undefined }>({ error, ...rest }: T) {
  return { ...rest, ...(error && { error: shownFault(error) }) }
}
