import type { Reporter, TestModule } from 'vitest/node'

/** Says at the end of a run how many tests have passed where, and which are not of this place, and why. */
export function figureTable(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const tests = modules.flatMap((each) => [...each.children.allTests()])
      const of = (state: string) => tests.filter((each) => each.result().state === state)
      const reasons = new Map<string, number>()
      for (const each of of('skipped')) {
        const result = each.result()
        const why = (result.state === 'skipped' && result.note) || 'skipped without a reason'
        reasons.set(why, (reasons.get(why) ?? 0) + 1)
      }
      const place = process.env['PIPEWRIGHT_TEST_ON'] ?? 'where each asks for them'
      const figures = [
        modules.length,
        tests.length,
        ...['passed', 'failed', 'skipped'].map((state) => of(state).length),
      ]
      const lines = [
        'queues | files | tests | passed | failed | not of this place',
        [place, ...figures].join(' | '),
        ...[...reasons].sort().map(([why, count]) => `  ${count} not: ${why}`),
      ]
      process.stdout.write(`\n${lines.join('\n')}\n`)
    },
  }
}
