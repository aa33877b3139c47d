import type { Declaration, QueueSpec } from './declaration.ts'

// Who takes over a queue when the next version of its workflow is declared, in every backend.

/** The specs that the messages of the queue `name` may go to; the one of its own name first. */
export function heirsOf(name: string, specs: readonly QueueSpec[]): readonly QueueSpec[] {
  const same = specs.filter((spec) => spec.name === name)
  return [...same, ...specs.filter((spec) => spec.name !== name && spec.was?.includes(name))]
}

/** The names of a workflow's queues before a declaration: those that it has, and those that it had and may have again. */
export interface KnownNames {
  readonly live: readonly string[]
  readonly retired: readonly string[]
}

/**
 * The spec under which the queue `name` goes on as it is, leases and all: the only one that takes it over, which takes
 * over no other and is new itself. Undefined if it keeps its name, or if its messages have to move.
 */
export function renamedTo(
  name: string,
  { queues: specs }: Pick<Declaration, 'queues'>,
  { live, retired }: KnownNames,
): QueueSpec | undefined {
  const [heir, second] = heirsOf(name, specs)
  if (!heir || second || heir.name === name) return undefined
  if (live.includes(heir.name) || retired.includes(heir.name)) return undefined
  return heir.was!.filter((each) => live.includes(each)).length === 1 ? heir : undefined
}

/**
 * Who takes over what is still pushed into a queue of which a declaration makes `heirs`: of one that was split before,
 * the heirs of then too, since the new ones may accept only some of its states.
 */
function withEarlier<Heir>(heirs: readonly Heir[], earlier: readonly Heir[] = []): readonly Heir[] {
  return earlier.length > 1 ? [...new Set([...heirs, ...earlier])] : heirs
}

/** How a backend keeps who takes over what. */
export interface Succession<Queue> {
  /** The queues that take over what comes to this one; undefined if it takes all itself. */
  heirs(queue: Queue): readonly Queue[] | undefined
  /** Whether a queue accepts states with this tag. */
  accepts(queue: Queue, tag: string | undefined): boolean
  /** Whether no declared queue is this one any more. */
  isRetired(queue: Queue): boolean
}

/** The queue that a push to `queue` goes to: its heir, by the tag if there are several; undefined if none takes it. */
export function takerOf<Queue>(
  queue: Queue,
  tag: string | undefined,
  by: Succession<Queue>,
): Queue | undefined {
  const heirs = by.heirs(queue)
  if (!heirs) return queue
  const heir = heirs.length === 1 ? heirs[0] : heirs.find((each) => by.accepts(each, tag))
  if (heir !== undefined && heir !== queue) return takerOf(heir, tag, by)
  return by.isRetired(queue) ? undefined : queue
}

/** The queues that `queue` means to an operator: itself, or, once it is retired, all that have taken it over. */
export function successorsOf<Queue>(queue: Queue, by: Succession<Queue>): readonly Queue[] {
  const met = new Set([queue])
  // The loop also visits what it adds to the set.
  for (const each of met) if (by.isRetired(each)) for (const heir of by.heirs(each) ?? []) met.add(heir)
  return [...met].filter((each) => !by.isRetired(each))
}

/** Where nothing takes over anything. */
export const noSuccession: Succession<string> = {
  heirs: () => [],
  accepts: () => false,
  isRetired: () => true,
}

/** Who takes over what, by the names of queues, once `specs` are declared; `before` is how it was until then. */
export function successionAfter(specs: readonly QueueSpec[], before: Succession<string>): Succession<string> {
  const isRetired = (name: string) => !specs.some((spec) => spec.name === name)
  return {
    isRetired,
    heirs(name) {
      const heirs = heirsOf(name, specs).map((spec) => spec.name)
      if (heirs[0] === name) return heirs.length === 1 ? undefined : heirs
      const earlier = before.isRetired(name) ? before.heirs(name) : undefined
      return heirs.length === 0 ? (earlier ?? []) : withEarlier(heirs, earlier)
    },
    accepts(name, tag) {
      const spec = specs.find((each) => each.name === name)
      if (!spec) return before.accepts(name, tag)
      return tag !== undefined && (spec.tags?.includes(tag) ?? false)
    },
  }
}

/** The tag of a state; undefined if `value` is none. */
export function tagOf(value: unknown): string | undefined {
  const tag = (value as { readonly tag?: unknown } | null | undefined)?.tag
  return typeof tag === 'string' ? tag : undefined
}
