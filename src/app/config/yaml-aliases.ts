import { type Document, isAlias, isCollection, isNode, isPair } from 'yaml'

/** How many aliases a config may have. */
export const maxAliases = 100
const maxNodes = 10_000

/** The message for too many aliases. */
export const tooManyAliases = 'This YAML uses too many aliases; write out what they stand for.'

/**
 * Calls `refuse` for an alias in `doc` that names no anchor in front of it, and for one too many: those that stand
 * for aliases again could make more than 10,000 values. Looks at each node once.
 */
export function checkAliases(
  { contents }: Document.Parsed,
  refuse: (offset: number, what: string) => never,
): void {
  // How many values each anchor stands for. One that is not complete yet does not count: it would contain itself.
  const sizes = new Map<string, number>()
  let added = 0
  sizeOf(contents)

  function sizeOf(node: unknown): number {
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value)
    if (!isNode(node)) return 0
    if (isAlias(node)) return sizeOfAlias(node.source, node.range![0])
    const { anchor } = node as { anchor?: string }
    if (anchor !== undefined) sizes.delete(anchor)
    const items: readonly unknown[] = isCollection(node) ? node.items : []
    const size = items.reduce<number>((sum, item) => sum + sizeOf(item), 1)
    if (anchor !== undefined) sizes.set(anchor, size)
    return size
  }

  function sizeOfAlias(source: string, offset: number): number {
    const size = sizes.get(source)
    if (size === undefined) refuse(offset, 'This is not valid YAML: An alias names no anchor in front of it.')
    added += size
    if (added > maxNodes) refuse(offset, tooManyAliases)
    return size
  }
}
