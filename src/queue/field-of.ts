/** The field `name` of something that was thrown, which may be anything; undefined if it has none, or refuses to tell. */
export function fieldOf(thrown: unknown, name: string): unknown {
  try {
    return Object(thrown)[name]
  } catch {
    return undefined
  }
}
