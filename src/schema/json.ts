/** What survives a trip through a queue. An undefined field counts as absent. */
export type Json = Item | undefined

// What an array may hold: of a hole in it, or of undefined, JSON makes a null.
type Item = string | number | boolean | null | readonly Item[] | { readonly [key: string]: Json }

/** Whether objects and arrays stand in each other in `value` more than `levels` deep. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const key in value) if (isDeeper((value as Record<string, unknown>)[key], levels - 1)) return true
  return false
}
