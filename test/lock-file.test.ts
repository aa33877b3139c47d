import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

interface Entry {
  readonly integrity?: string
  readonly link?: boolean
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, Entry>>
}

// npm forgets them for other platforms' packages if it changes the file beside an installed tree; src/README.md says how
// it is made.
it('the lock file has the checksum of every package, those of other platforms and other Nodes too', () => {
  const packages = Object.entries(lock.packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && !link,
  )
  expect(packages.length).toBeGreaterThan(350)
  expect(packages.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([])
  for (const other of ['better-sqlite3', 'better-sqlite3-12', '@biomejs/cli-win32-x64']) {
    expect(packages.map(([path]) => path)).toContain(`node_modules/${other}`)
  }
})
