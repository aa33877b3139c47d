import type { JourneyLine } from '../../queue/journey.ts'
import type { OpenLine } from '../../queue/rules/world.ts'
import type { OwnLine } from './lines.ts'
import type { MemoryQueue } from './memory-queue.ts'

type BegunLine = Omit<JourneyLine, 'queue'>

/** A line of the history that may still be completed. */
export class DraftLine implements OpenLine<MemoryQueue> {
  readonly token: number
  readonly queue: MemoryQueue | undefined
  readonly begun: BegunLine
  to: MemoryQueue | undefined
  #deploy: number | undefined

  constructor(token: number, queue: MemoryQueue | undefined, begun: BegunLine) {
    this.token = token
    this.queue = queue
    this.begun = begun
    this.#deploy = begun.deploy
  }

  goesTo(queue: MemoryQueue, deploy: number): void {
    this.to = queue
    this.#deploy ??= deploy
  }

  get line(): OwnLine {
    const { name: queue, workflow } = this.queue ?? {}
    return { ...this.begun, queue, workflow, to: this.to?.name, deploy: this.#deploy }
  }
}
