/** What `look` finds out about something that was thrown; undefined if that refuses to be looked at. */
export function ifReadable<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

/** The field `name` of something that was thrown, which may be anything; undefined if it has none, or refuses to tell. */
export function fieldOf(thrown: unknown, name: string): unknown {
  return ifReadable(() => Object(thrown)[name])
}
