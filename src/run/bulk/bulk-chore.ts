import { isClosedError } from '../../queue/errors.ts'
import { sayBriefly } from '../../queue/say-fault.ts'
import { type BulkPlace, bulkQueuesOf } from './bulk-place.ts'
import { workBulk } from './work-bulk.ts'

/**
 * Works on the runs of a workflow beside the work of a process. Most workflows never have one: until the queues of runs are there,
 * it only listens for them.
 */
export class BulkChore {
  readonly #place: BulkPlace

  constructor(place: BulkPlace) {
    this.#place = place
  }

  /** Works until the function that is returned is called. */
  begin(): () => void {
    const { backend, workflow } = this.#place
    const { runs } = bulkQueuesOf(workflow)
    const stop = new AbortController()
    let isLooking = false
    const look = async () => {
      if (isLooking) return
      isLooking = true
      const isThere = await this.#isThere()
      isLooking = false
      if (!isThere || stop.signal.aborted) return
      unwatch()
      void workBulk(this.#place, stop.signal)
    }
    const unwatch = backend.watch((queue) => {
      if (queue === undefined || queue === runs) void look()
    })
    void look()
    return () => {
      unwatch()
      stop.abort()
    }
  }

  // What fails is looked for again with the next news.
  async #isThere(): Promise<boolean> {
    const { backend, workflow, log } = this.#place
    try {
      return (await backend.deploys(bulkQueuesOf(workflow).workflow)).length > 0
    } catch (error) {
      if (!isClosedError(error))
        log.warn('It could not be found out whether there are bulk actions.', { error: sayBriefly(error) })
      return false
    }
  }
}
