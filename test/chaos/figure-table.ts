import { existsSync, readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { table } from '../../src/cli/screen/table.ts'
import type { Figure } from './figures.ts'

type Told = Figure & { readonly file: string }

/**
 * Prints what the tests have written to the file at `path`, as one table after everything else; of a file of tests
 * without figures it says how many of them hold.
 */
export function figureTable(path: string): Reporter {
  return {
    onInit: () => rmSync(path, { force: true }),
    onTestRunEnd(modules) {
      const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []
      const told = lines.map((line) => JSON.parse(line) as Told)
      const files = new Set(told.map(({ file }) => file))
      const others = modules.filter(({ moduleId }) => !files.has(moduleId)).map(countOf)
      const rows = [...merge(told), ...others].map(({ what, demanded, seen, ok }) => {
        return [what, demanded, String(seen), ok ? 'yes' : 'NO']
      })
      process.stdout.write(`\n${table([['what', 'figure demanded', 'seen', 'ok'], ...rows])}\n`)
      rmSync(path, { force: true })
    },
  }
}

function countOf({ moduleId, children }: TestModule): Figure {
  const tests = [...children.allTests()]
  const held = tests.filter((test) => test.result().state === 'passed').length
  const ok = tests.length > 0 && held === tests.length
  return {
    what: basename(moduleId, '.test.ts'),
    demanded: 'all hold',
    seen: `${held} of ${tests.length}`,
    ok,
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
