const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** `ms` milliseconds in words, to two units: `2 h 5 min`, `40 s`, `0 s`. */
export function sayDuration(ms: number): string {
  let left = Math.max(0, ms)
  const parts: string[] = []
  for (const [unit, length] of units) {
    const count = Math.floor(left / length)
    left -= count * length
    if (count > 0 || (parts.length > 0 && unit !== 's')) parts.push(`${count} ${unit}`)
    if (parts.length === 2) break
  }
  return parts.filter((part) => !part.startsWith('0 ')).join(' ') || '0 s'
}
