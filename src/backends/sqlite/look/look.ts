import { AsyncLocalStorage } from 'node:async_hooks'

/** How `sqlite()` opens databases for a command that only looks: no file is made, wherever the app calls it. */
export interface Look {
  /** Whether databases that are there may be written to. */
  readonly mayWrite: boolean
  /** The paths that were opened without a file there; empty databases stood in for them. */
  readonly absent: string[]
}

const looks = new AsyncLocalStorage<Look>()

/** Does `work`; within it, also within what it calls and awaits, `sqlite()` opens databases as `look` says. */
export function looking<T>(look: Look, work: () => T): T {
  return looks.run(look, work)
}

/** The look within which the caller runs; undefined outside of one. */
export function currentLook(): Look | undefined {
  return looks.getStore()
}
