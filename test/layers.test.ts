import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, it } from 'vitest'

const backends = ['backends/memory', 'backends/sqlite', 'backends/postgres', 'backends/http']

/** What each folder of `src` may import beside itself: what stands to its left in src/README.md. */
const layers: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  queue: ['schema'],
  run: ['schema', 'queue'],
  pipeline: ['schema', 'queue', 'run'],
  serve: ['schema', 'queue', 'run', 'pipeline'],
  page: ['schema', 'queue', 'run'],
  move: ['schema', 'queue'],
  app: ['schema', 'queue', 'run', 'pipeline', 'serve', 'move', ...backends],
  cli: ['schema', 'queue', 'run', 'page', 'pipeline', 'serve', 'app', 'backends/sqlite'],
  'backends/memory': ['schema', 'queue'],
  'backends/sqlite': ['schema', 'queue', 'move'],
  'backends/postgres': ['schema', 'queue', 'move'],
  'backends/http': ['schema', 'queue'],
  testing: ['schema', 'queue'],
  simulate: ['schema', 'queue', 'run', 'pipeline', 'backends/memory', 'testing'],
}

/** The one folder, or file, that may import a package. */
const homes: Readonly<Record<string, string>> = {
  fastify: 'serve',
  '@fastify/swagger': 'serve',
  '@fastify/swagger-ui': 'serve',
  'fastify-type-provider-zod': 'serve',
  'better-sqlite3': 'backends/sqlite/file/open-database.mjs',
  'better-sqlite3-12': 'backends/sqlite/file/open-database.mjs',
  pg: 'backends/postgres',
  commander: 'cli',
  'prom-client': 'serve',
  yaml: 'app',
  '@opentelemetry/api': 'run',
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:ts|mjs)$/.test(path))
  .map((path) => `src/${path.replaceAll('\\', '/')}`)

const imported = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]/gm,
  /^\s*import\s+['"]([^'"]+)['"]/gm,
  /\b(?:import|require|resolve)\(\s*['"`]([^'"`]+)['"`]/g,
  /\bnew URL\(\s*['"`](\.[^'"`]+)['"`]/g,
]

function importsOf(text: string): string[] {
  return imported.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name!))
}

/** The layer of a file: `src/backends/sqlite.ts` and `src/backends/sqlite/commit/group.ts` are of `backends/sqlite`. */
function layerOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  return first === 'backends' ? `backends/${second.replace(/\.ts$/, '')}` : first
}

/** What is wrong with the imports of the file `path`, one sentence each. */
function faultsOf(path: string, text: string): string[] {
  const layer = layerOf(path)
  const allowed = layers[layer]
  if (!allowed) return [`${path} is in no layer.`]
  return importsOf(text).flatMap((name) => {
    if (!name.startsWith('.')) {
      const home = Object.keys(homes).find((each) => name === each || name.startsWith(`${each}/`))
      return home === undefined || homes[home] === layer || path === `src/${homes[home]}`
        ? []
        : [`${path} imports ${name}, which belongs in src/${homes[home]}.`]
    }
    const target = posix.join(posix.dirname(path), name)
    // What the package says of itself is no module.
    if (target === 'package.json') return []
    if (!target.startsWith('src/')) return [`${path} imports ${target}, which is not in src/.`]
    const to = layerOf(target)
    return to === layer || allowed.includes(to)
      ? []
      : [`${path} imports ${target}: ${layer} must not know ${to}.`]
  })
}

it('no folder imports one to its right, no backend a sibling, and only their homes fastify and SQLite', () => {
  const files = sources.filter((path) => path !== 'src/index.ts')
  expect(files.length).toBeGreaterThan(150)
  expect(files.flatMap((path) => faultsOf(path, readFileSync(path, 'utf8')))).toEqual([])
})

/** A way through the imports of `files` from a file back to itself, types included; undefined if there is none. */
function circleIn(files: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const way: string[] = []
  const go = (path: string): readonly string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path]
    if (done.has(path)) return undefined
    way.push(path)
    for (const next of files.get(path) ?? []) {
      const circle = go(next)
      if (circle) return circle
    }
    way.pop()
    done.add(path)
    return undefined
  }
  for (const path of files.keys()) {
    const circle = go(path)
    if (circle) return circle
  }
  return undefined
}

it('no file imports itself by way of others, nor do types', () => {
  const files = new Map(
    sources.map((path) => {
      const relative = importsOf(readFileSync(path, 'utf8')).filter((name) => name.startsWith('.'))
      return [path, relative.map((name) => posix.join(posix.dirname(path), name))] as const
    }),
  )
  expect(circleIn(files)).toBeUndefined()
  const [a, b, c] = ['src/a.ts', 'src/b.ts', 'src/c.ts']
  expect(
    circleIn(
      new Map([
        [a, [b]],
        [b, [c]],
        [c, [b]],
      ]),
    ),
  ).toEqual([b, c, b])
})

it('only tests, workflows and apps import the public API', () => {
  const all = sources.flatMap((path) =>
    importsOf(readFileSync(path, 'utf8')).map((name) => posix.join(posix.dirname(path), name)),
  )
  expect(all).toContain('src/queue/backend.ts')
  expect(all).not.toContain('src/index.ts')
})

it('tests and workflows open databases through the file that knows which better-sqlite3 fits', () => {
  const files = ['test', 'workflows', 'artifacts'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  )
  const direct = files.filter((path) => /\.m?ts$/.test(path) && path !== 'test/layers.test.ts')
  const importing = direct.filter((path) => /from 'better-sqlite3/.test(readFileSync(path, 'utf8')))
  expect(direct.length).toBeGreaterThan(200)
  expect(importing).toEqual([])
})

it('each way to import is seen', () => {
  const text = [
    "import { a,\n  b } from '../run/a.ts'",
    "export type * from '../pipeline/b.ts'",
    "import '../serve/c.ts'",
    "const d = await import('../cli/d.ts')",
    "const e = new URL('../backends/memory/e.mjs', import.meta.url)",
    "import Database from 'better-sqlite3'",
    "import { fastify } from 'fastify'",
    "import { f } from '../../workflows/books/f.ts'",
    "import { g } from './g.ts'",
    "import { h } from '../schema/h.ts'",
  ]
  expect(faultsOf('src/queue/x.ts', text.join('\n'))).toHaveLength(8)
  expect(faultsOf('src/backends/http/x.ts', "import { a } from '../sqlite/a.ts'")).toHaveLength(1)
  expect(faultsOf('src/backends/http/x.ts', "import { a } from '../memory.ts'")).toHaveLength(1)
  expect(faultsOf('src/odd/x.ts', '')).toEqual(['src/odd/x.ts is in no layer.'])
})
