import { existsSync, readFileSync, rmSync } from 'node:fs'
import type { Reporter } from 'vitest/node'
import { table } from '../../src/cli/table.ts'
import type { Figure } from './figures.ts'

/** Prints what the tests have written to the file at `path`, as one table after everything else. */
export function figureTable(path: string): Reporter {
  return {
    onInit: () => rmSync(path, { force: true }),
    onTestRunEnd() {
      if (!existsSync(path)) return
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
      const figures = merge(lines.map((line) => JSON.parse(line) as Figure))
      const rows = figures.map(({ what, demanded, seen, ok }) => [what, demanded, seen, ok ? 'yes' : 'NO'])
      process.stdout.write(`\n${table([['what', 'figure demanded', 'seen', 'ok'], ...rows])}\n`)
      rmSync(path, { force: true })
    },
  }
}

/** One figure for all that have the same demand, in the order in which they came. */
function merge(figures: readonly Figure[]): readonly Figure[] {
  const merged = new Map<string, Figure>()
  for (const figure of figures) {
    const key = `${figure.what}\n${figure.demanded}`
    const { seen, ok } = merged.get(key) ?? figure
    const all = seen === figure.seen ? seen : `${seen} / ${figure.seen}`
    merged.set(key, { ...figure, seen: all, ok: ok && figure.ok })
  }
  return [...merged.values()]
}
