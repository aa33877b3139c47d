import type { Declaration, QueueSpec } from '../../queue/backend.ts'
import { ConflictError } from '../../queue/errors.ts'
import { MemoryQueue } from './memory-queue.ts'
import { type Message, tagOf } from './message.ts'

type Queues = ReadonlyMap<string, MemoryQueue>

interface Move {
  readonly message: Message
  readonly to: MemoryQueue
}

/**
 * The queues as `declaration` wants them, with the messages of renamed and split ones where they now belong.
 * Throws `ConflictError` before anything has changed.
 */
export function redeclare(
  before: Queues,
  { workflow, queues: specs }: Declaration,
): Map<string, MemoryQueue> {
  const old = [...before.values()].filter((queue) => queue.workflow === workflow)
  const after = new Map([...before].filter(([, queue]) => queue.workflow !== workflow))
  for (const spec of specs) {
    if (after.has(spec.name)) throw alreadyThere(spec.name)
    after.set(spec.name, new MemoryQueue(workflow, spec))
  }
  const moves = old.flatMap((queue) => movesFrom(queue, specs, after))
  for (const queue of old) {
    for (const { name } of heirsOf(queue, specs)) after.get(name)!.paused ||= queue.paused
  }
  moves.sort((a, b) => a.message.seq - b.message.seq)
  for (const { message, to } of moves) to.file(message)
  return after
}

function movesFrom(queue: MemoryQueue, specs: readonly QueueSpec[], after: Queues): readonly Move[] {
  const heirs = heirsOf(queue, specs)
  return [...queue.messages.values()].map((message) => {
    const heir = heirOf(message, heirs) ?? heirs.find(({ name }) => name === queue.name)
    if (!heir) throw strayed(queue, message, heirs.length > 0)
    return { message, to: after.get(heir.name)! }
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

function strayed(queue: MemoryQueue, message: Message, isSplit: boolean): ConflictError {
  const waiting = `${queue.messages.size} messages wait in the queue "${queue.name}"`
  const text = isSplit
    ? `${waiting}, and none of the stages that now share it accepts "${tagOf(message)}". Let one accept it.`
    : `${waiting}, which the workflow "${queue.workflow}" no longer has. Drain it first, or name it in the \`was\` of a stage.`
  return new ConflictError(text, { queue: queue.name, id: message.id })
}

function alreadyThere(queue: string): ConflictError {
  const text = `The queue "${queue}" belongs to another workflow or is declared twice. Give it a name of its own.`
  return new ConflictError(text, { queue })
}
