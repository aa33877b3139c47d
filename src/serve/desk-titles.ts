/** A word for each desk, for the names of what belongs to it in the document: `Gate0` for `gate/0`. No two are the same. */
export function deskTitles(desks: Iterable<string>): ReadonlyMap<string, string> {
  const titles = new Map<string, string>()
  const taken = new Set<string>()
  for (const desk of desks) {
    const title = desk.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) =>
      letter.toUpperCase(),
    )
    let own = title
    for (let n = 2; taken.has(own); n++) own = `${title}_${n}`
    taken.add(own)
    titles.set(desk, own)
  }
  return titles
}
