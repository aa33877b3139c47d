import type { Message } from './message.ts'

interface Node {
  readonly message: Message
  readonly stamp: number
  readonly key: number
}

/**
 * Messages of one status, smallest key first, then oldest. Nothing is taken out when a message moves on: its stamp
 * changes, so the node left behind is stale; stale nodes are dropped where they surface, or when they are the most.
 */
export class Heap {
  #nodes: Node[] = []
  #compactAt = 64

  /** Files `message` under `key`, with the stamp it has now. */
  push(message: Message, key: number): void {
    if (this.#nodes.length >= this.#compactAt) this.#compact()
    this.#nodes.push({ message, stamp: message.stamp, key })
    this.#rise(this.#nodes.length - 1)
  }

  /** The first message, with its key, left where it is. */
  peek(): Node | undefined {
    while (this.#nodes.length && isStale(this.#nodes[0]!)) this.#drop()
    return this.#nodes[0]
  }

  /** The first message, taken out. */
  pop(): Message | undefined {
    const first = this.peek()
    if (first) this.#drop()
    return first?.message
  }

  #drop(): void {
    const last = this.#nodes.pop()!
    if (!this.#nodes.length) return
    this.#nodes[0] = last
    this.#sink()
  }

  #rise(at: number): void {
    const nodes = this.#nodes
    const node = nodes[at]!
    while (at > 0) {
      const up = (at - 1) >> 1
      if (!isBefore(node, nodes[up]!)) break
      nodes[at] = nodes[up]!
      at = up
    }
    nodes[at] = node
  }

  #sink(): void {
    const nodes = this.#nodes
    const node = nodes[0]!
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= nodes.length) break
      if (down + 1 < nodes.length && isBefore(nodes[down + 1]!, nodes[down]!)) down++
      if (!isBefore(nodes[down]!, node)) break
      nodes[at] = nodes[down]!
      at = down
    }
    nodes[at] = node
  }

  #compact(): void {
    // A sorted array is a heap.
    this.#nodes = this.#nodes
      .filter((node) => !isStale(node))
      .sort((a, b) => a.key - b.key || a.message.seq - b.message.seq)
    this.#compactAt = Math.max(64, 2 * this.#nodes.length)
  }
}

function isStale({ message, stamp }: Node): boolean {
  return message.stamp !== stamp
}

function isBefore(a: Node, b: Node): boolean {
  return a.key === b.key ? a.message.seq < b.message.seq : a.key < b.key
}
