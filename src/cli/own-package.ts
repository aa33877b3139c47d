import { readFileSync } from 'node:fs'

/** What the package.json of this package says. */
export interface OwnPackage {
  readonly version: string
  /** The ranges of versions with which it is made and tested, by package. */
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Reads the package.json of this package. */
export function ownPackage(): OwnPackage {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
}
