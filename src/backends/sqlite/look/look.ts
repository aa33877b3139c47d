import { AsyncLocalStorage } from 'node:async_hooks'

/** How `sqlite()` and `openBackend()` open databases for a command of the CLI, wherever the app calls them. */
export interface Look {
  /** Whether databases that are there may be written to. */
  readonly mayWrite: boolean
  /** Whether a database that is not there is made; by default an empty one stands in for it. */
  readonly mayMake?: boolean
  /** Whether a database of an older version is migrated, and whether it is copied before; by default it is refused. */
  readonly migration?: { readonly isCopied: boolean }
  /** The paths that were opened without a file there; empty databases stood in for them. */
  readonly absent?: string[]
  /** The paths of the databases that are there: they are not opened, and empty ones stand in for them. */
  readonly found?: string[]
  /** The migrations that were done, one sentence each. */
  readonly migrated?: string[]
  /** What would be done to the databases that are migrated by statements: they are not opened, and empty ones stand in for them. */
  readonly planned?: Planned[]
}

/** What would bring a database up to date. */
export interface Planned {
  readonly where: string
  /** The version that it has; 0 where nothing is there yet. */
  readonly from: number
  readonly to: number
  readonly statements: readonly string[]
}

const looks = new AsyncLocalStorage<Look>()

/** Does `work`; within it, also within what it calls and awaits, databases are opened as `look` says. */
export function looking<T>(look: Look, work: () => T): T {
  return looks.run(look, work)
}

/** The look within which the caller runs; undefined outside of one. */
export function currentLook(): Look | undefined {
  return looks.getStore()
}
