import type { QueueSpec } from '../../queue/declaration.ts'
import type { Succession } from '../../queue/succession.ts'
import { MemoryQueue } from './memory-queue.ts'

/** The present and former names of queues: processes of older versions go on to use the names that they know. */
export class QueueNames {
  readonly #live = new Map<string, MemoryQueue>()
  /** Queues that were split, merged or left out, by their names, and renamed ones by their former names. */
  readonly #former = new Map<string, MemoryQueue>()

  /** Every queue that a workflow has now, or those of one workflow. */
  live(workflow?: string): readonly MemoryQueue[] {
    const all = [...this.#live.values()]
    return workflow === undefined ? all : all.filter((queue) => queue.workflow === workflow)
  }

  /** The queues that `workflow` no longer has. */
  retired(workflow: string): readonly MemoryQueue[] {
    return [...this.#former.values()].filter((queue) => queue.isRetired && queue.workflow === workflow)
  }

  /** The queue that is called `name`, or was. */
  find(name: string): MemoryQueue | undefined {
    return this.#live.get(name) ?? this.#former.get(name)
  }

  /** The queue that is called `name`, or was when it was retired. */
  named(name: string): MemoryQueue | undefined {
    const queue = this.find(name)
    return queue?.name === name ? queue : undefined
  }

  /** The names of `queue`: its own, and those that it had. */
  of(queue: MemoryQueue): readonly string[] {
    const former = [...this.#former].filter(([, each]) => each === queue).map(([name]) => name)
    return queue.isRetired ? former : [queue.name, ...former]
  }

  /** Which queue takes over what, by name. */
  readonly succession: Succession<string> = {
    heirs: (name) => this.find(name)?.heirs?.map((heir) => heir.name),
    accepts: (name, tag) => this.find(name)?.spec.tags?.some((each) => each === tag) ?? false,
    isRetired: (name) => this.find(name)?.isRetired ?? false,
  }

  /** Gives `queue` the name, role and tags of `spec`. */
  rename(queue: MemoryQueue, spec: QueueSpec): void {
    this.#live.delete(queue.name)
    this.#former.set(queue.name, queue)
    this.#add(Object.assign(queue, { spec, heirs: undefined }))
  }

  /** Keeps the queue of this name, with the role and tags of `spec`, or makes it; returns whether it is new. */
  keep(workflow: string, spec: QueueSpec): boolean {
    const known = this.named(spec.name)
    const isThere = known !== undefined && !known.isRetired
    this.#add(known ? Object.assign(known, { spec, isRetired: false }) : new MemoryQueue(workflow, spec))
    return !isThere
  }

  /** Records that no workflow has `queue` any more. */
  retire(queue: MemoryQueue): void {
    this.#live.delete(queue.name)
    this.#former.set(queue.name, Object.assign(queue, { isRetired: true }))
  }

  #add(queue: MemoryQueue): void {
    this.#former.delete(queue.name)
    this.#live.set(queue.name, queue)
  }
}
