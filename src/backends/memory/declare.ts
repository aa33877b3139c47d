import type { Declaration, QueueSpec } from '../../queue/backend.ts'
import { haveNoHeir, nameIsTaken } from '../../queue/refusals.ts'
import { MemoryQueue } from './memory-queue.ts'
import { type Message, tagOf, unleased } from './message.ts'

type Queues = ReadonlyMap<string, MemoryQueue>

interface Move {
  readonly message: Message
  readonly from: MemoryQueue
  readonly to: MemoryQueue
  /** Whether the queue has become several, and this is another one of them. */
  readonly isSplit: boolean
}

/**
 * The queues as `declaration` wants them, with the messages of renamed and split ones where they now belong. What is
 * leased and goes to one of several heirs is given back, uncharged, and `released` is told. Throws `ConflictError` before
 * anything has changed.
 */
export function redeclare(
  before: Queues,
  { workflow, queues: specs }: Declaration,
  released: (queue: MemoryQueue, message: Message) => void,
): Map<string, MemoryQueue> {
  const old = [...before.values()].filter((queue) => queue.workflow === workflow)
  const after = new Map([...before].filter(([, queue]) => queue.workflow !== workflow))
  for (const spec of specs) {
    if (after.has(spec.name))
      throw nameIsTaken(spec.name, { workflow, owner: after.get(spec.name)!.workflow })
    after.set(spec.name, new MemoryQueue(workflow, spec))
  }
  const moves = old.flatMap((queue) => movesFrom(queue, specs, after))
  for (const queue of old) {
    for (const { name } of heirsOf(queue, specs)) after.get(name)!.paused ||= queue.paused
  }
  moves.sort((a, b) => a.message.seq - b.message.seq)
  for (const { message, from, to, isSplit } of moves) {
    if (isSplit && message.status === 'leased') {
      released(from, message)
      Object.assign(message, { status: 'ready', ...unleased })
    }
    to.file(message)
  }
  return after
}

function movesFrom(queue: MemoryQueue, specs: readonly QueueSpec[], after: Queues): readonly Move[] {
  const heirs = heirsOf(queue, specs)
  const messages = [...queue.messages.values()]
  const nameFor = (message: Message) =>
    (heirOf(message, heirs) ?? heirs.find(({ name }) => name === queue.name))?.name
  const strays = messages.filter((message) => nameFor(message) === undefined)
  if (strays.length > 0) {
    const tags = heirs.length > 0 ? [...new Set(strays.map(tagOf))].slice(0, 5) : undefined
    throw haveNoHeir(queue.name, { workflow: queue.workflow, count: strays.length, tags })
  }
  return messages.map((message) => {
    const to = after.get(nameFor(message)!)!
    return { message, from: queue, to, isSplit: heirs.length > 1 && to.name !== queue.name }
  })
}

/** The specs that a queue's messages may go to; the one of its own name first. */
function heirsOf(queue: MemoryQueue, specs: readonly QueueSpec[]): readonly QueueSpec[] {
  const same = specs.filter((spec) => spec.name === queue.name)
  return [...same, ...specs.filter((spec) => spec.name !== queue.name && spec.was?.includes(queue.name))]
}

function heirOf(message: Message, heirs: readonly QueueSpec[]): QueueSpec | undefined {
  if (heirs.length === 1) return heirs[0]
  const tag = tagOf(message)
  return heirs.find((heir) => tag !== undefined && heir.tags?.includes(tag))
}
