import { readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'

/** What processes of the tests begin with: the CLI, what apps import by the package's name, apps, and scripts. */
const begins = (source: string) =>
  new RegExp(
    `^(?:${source}/(?:cli/main|index|backends/(?:http|memory|(?:sqlite|postgres)/index)|queue/contract|(?:serve|simulate|testing)/index)|artifacts/\\w+|test/.*(?:fixtures/[^/]+|-process|-app))\\.js$`,
  )

/** All that is loaded for these is one file. The server, which is large, and other commands are files of their own. */
const often = [
  'index',
  'backends/sqlite/index',
  ...['run', 'work', 'serve', 'seed'].map((name) => `cli/commands/${name}`),
]

/** Packages that are bundled too. An app of a test that is no part of the build has copies of its own, which work with these. */
const packages = ['commander', 'croner', 'fastify', 'fastify-type-provider-zod', 'prom-client', 'yaml', 'zod']

/**
 * Makes few files of the hundreds that a process loads from the build `built`: to find and open each takes longer than to run
 * it. The files that processes begin with stay where they are, and each module knows itself by its old place.
 */
export async function bundle(built: string, sources = 'src'): Promise<void> {
  const folder = realpathSync(built)
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll(sep, '/'),
  )
  const own = createRequire(join(folder, 'package.json'))
  const begin = begins(sources)
  const entries = paths.filter((path) => begin.test(path))
  const source = join(folder, sources) + sep
  const isIn = (place: string) => (id: string) => id.startsWith(place)
  let core: ReadonlySet<string> | undefined
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'as-it-was',
        enforce: 'pre',
        resolveId: (id) => (/^pipewright(?:\/|$)/.test(id) ? own.resolve(id) : undefined),
        transform: (code, id) => code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
      },
    ],
    // Each is many files: together a third of the time in which a process starts.
    ssr: { noExternal: packages },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(entries.map((path) => [path.replace(/\.js$/, ''), join(folder, path)])),
        treeshake: false,
        output: {
          entryFileNames: '[name].js',
          // Traces of stacks know the package by its folder.
          chunkFileNames: ({ name, moduleIds }) =>
            name === 'core' || moduleIds.every(isIn(source))
              ? `${sources}/[name]-[hash].js`
              : 'bundled/[name]-[hash].js',
          codeSplitting: {
            groups: [
              {
                name: (id, modules) => {
                  core ??= reached(
                    often.map((name) => join(folder, sources, `${name}.js`)),
                    (each) => (modules.getModuleInfo(each)?.importedIds ?? []).filter(isIn(source)),
                  )
                  return core.has(id) ? 'core' : null
                },
              },
            ],
          },
        },
      },
    },
  })
}

/** What can be reached from `starts`, those included. */
function reached(starts: readonly string[], next: (each: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set(starts)
  for (const each of found) for (const other of next(each)) found.add(other)
  return found
}
