/** ` Did you mean "stamp"?`, if one of `names` is nearly `given`; nothing otherwise. Appended to a sentence. */
export function didYouMean(given: string, names: Iterable<string>): string {
  let closest: { readonly name: string; readonly edits: number } | undefined
  for (const name of names) {
    const edits = editsBetween(given.toLowerCase(), name.toLowerCase())
    if (edits <= Math.max(1, name.length / 3) && (!closest || edits < closest.edits))
      closest = { name, edits }
  }
  return closest ? ` Did you mean "${closest.name}"?` : ''
}

/** How many letters have to be put in, left out, changed, or swapped with the next, to make `b` of `a`. */
function editsBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    const above = rows[i - 1]!
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swap = isSwapped ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(above[j - 1]! + (isSame ? 0 : 1), above[j]! + 1, row[j - 1]! + 1, swap))
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
