import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownPackage } from '../own-package.ts'
import { packageName } from './package-name.ts'

const folder = fileURLToPath(new URL('../../../src/cli/init/app/', import.meta.url))

/** A text and the path at which it is to stand, relative to a folder and with `/` in it. */
export interface TextFile {
  readonly path: string
  readonly text: string
}

/** The small app in `src/cli/init/app/` of this package, its package named for the folder `name`; sorted by path. */
export function readTemplate(name: string): readonly TextFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, path: relative(folder, file).replaceAll(sep, '/') }))
    .map(({ file, path }) => writtenAs(path, readFileSync(file, 'utf8'), name))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function writtenAs(path: string, text: string, name: string): TextFile {
  // npm obeys a .gitignore as it packs, and does not pack it.
  if (path === 'gitignore') return { path: '.gitignore', text }
  return { path, text: path === 'package.json' ? fillIn(text, name) : text }
}

/** Names the package, and asks for the versions that this one is made for and tested with. */
function fillIn(text: string, name: string): string {
  const { version, dependencies, devDependencies } = ownPackage()
  const ranges: Ranges = { ...devDependencies, ...dependencies, pipewright: `^${version}` }
  const asked = JSON.parse(text) as { readonly dependencies: Ranges; readonly devDependencies: Ranges }
  const rangesOf = (names: Ranges) =>
    Object.fromEntries(Object.keys(names).map((each) => [each, ranges[each]]))
  const made = {
    ...asked,
    name: packageName(name),
    dependencies: rangesOf(asked.dependencies),
    devDependencies: rangesOf(asked.devDependencies),
  }
  return `${JSON.stringify(made, undefined, 2)}\n`
}

type Ranges = Readonly<Record<string, string>>
