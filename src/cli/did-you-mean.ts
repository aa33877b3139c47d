/** ` Did you mean "stamp"?`, if one of `names` is nearly `given`; nothing otherwise. To be put behind a sentence. */
export function didYouMean(given: string, names: Iterable<string>): string {
  let closest: { readonly name: string; readonly edits: number } | undefined
  for (const name of names) {
    const edits = editsBetween(given.toLowerCase(), name.toLowerCase())
    if (edits <= Math.max(1, name.length / 3) && (!closest || edits < closest.edits))
      closest = { name, edits }
  }
  return closest ? ` Did you mean "${closest.name}"?` : ''
}

/** How many letters have to be put in, left out or changed to make `b` of `a` (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(change, before[j]! + 1, row[j - 1]! + 1))
    }
    before = row
  }
  return before[b.length]!
}
