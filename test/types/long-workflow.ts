import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The parts of a workflow of `count` stages, with loops and `failed` routes among them, as TypeScript. */
export function partsOf(count: number): string {
  const states = Array.from({ length: count + 1 }, (_, n) => stateOf(n))
  const stages = Array.from({ length: count }, (_, n) => stageOf(n))
  return [
    `import { type CtxOf, oneOf, state, worker, workflow, wrapped } from 'pipewright'`,
    `import * as z from 'zod'`,
    `const Failed = state('Failed', z.object({ id: z.string(), why: z.string() }))`,
    ...states,
    ...stages,
    `export { type CtxOf, oneOf, workflow, S0, S${count}, Failed, ${stages.map((_, n) => `stage${n}`).join(', ')} }`,
  ].join('\n')
}

/** The workflow made of those parts. */
export function wholeOf(count: number): string {
  const stages = Array.from({ length: count }, (_, n) => `stage${n}`).join(', ')
  return `export const whole = workflow({ input: S0, output: oneOf(S${count}, Failed), stages: { ${stages} } })
export const context: CtxOf<typeof whole> = { c0: 0, c1: 1, c2: 2, c3: 3, c4: 4, c5: 5, c6: 6 }`
}

function stateOf(n: number): string {
  return `const S${n} = state('S${n}', z.object({ id: z.string(), n${n}: z.number(), note: z.string().optional() }))`
}

function stageOf(n: number): string {
  const back = n % 5 === 4 ? n - 3 : undefined
  const post =
    back === undefined
      ? `S${n + 1}({ id: s.id, n${n + 1}: n })`
      : `n > 0 ? S${n + 1}({ id: s.id, n${n + 1}: n }) : S${back}({ id: s.id, n${back}: n })`
  const failed =
    n % 3 === 0 ? `failed: { to: Failed, as: (s, { message }) => Failed({ id: s.id, why: message }) },` : ''
  return `const stage${n} = wrapped(
    worker({ input: z.number(), output: z.number(), process: (n, { c${n % 7} }: { c${n % 7}: number }) => n + c${n % 7} }),
    { input: S${n}, output: ${back === undefined ? `S${n + 1}` : `oneOf(S${n + 1}, S${back})`}, pre: (s) => s.n${n},
      post: (s, n) => ${post}, ${failed} },
  )`
}

/** What the only file of a generated project is called. */
export const generated = 'generated.ts'

/**
 * Calls `use` with a project that has `source` as a file, inside node_modules so that imports resolve; its only one, or beside
 * those of `include`.
 */
export async function withProject<T>(
  source: string,
  use: (project: string) => Promise<T>,
  include: readonly string[] = [],
): Promise<T> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  const folder = mkdtempSync(join(root, 'node_modules/.cache/pipewright-types-'))
  try {
    writeFileSync(join(folder, generated), source)
    const config = {
      extends: join(root, 'test/types/tsconfig.json'),
      include: include.map((path) => join(root, path)),
      exclude: [],
      files: [generated],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    return await use(join(folder, 'tsconfig.json'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
