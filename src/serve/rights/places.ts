import type { Backend } from '../../queue/backend.ts'

/** Where things are, as far as rights ask for it. */
export interface Places {
  /** The queue in which a token is under way; undefined for one that is unknown, has left or has finished. */
  readonly whereIs: (workflow: string, id: string) => Promise<string | undefined>
  /** The queues that stand behind a gate; none for one that has neither settings nor been passed. */
  readonly behind: (gate: string) => Promise<readonly string[]>
}

/** Looks them up. A token may move on right after: then what it was asked for happens as if the request had come a moment sooner. */
export function placesIn(backend: Pick<Backend, 'journey' | 'gates'>): Places {
  return {
    async whereIs(workflow, id) {
      const journey = await backend.journey(workflow, id, { limit: 1 })
      return journey?.finishedAt === undefined ? journey?.queue : undefined
    },
    async behind(gate) {
      const found = (await backend.gates()).filter(({ name }) => name === gate)
      return found.flatMap(({ queues }) => queues)
    },
  }
}
