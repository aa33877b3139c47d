import { AsyncLocalStorage } from 'node:async_hooks'

/** How `sqlite()` opens databases for a command that only looks: no file is made, whatever function asks for it. */
export interface Look {
  /** Whether databases that are there may be written to. */
  readonly mayWrite: boolean
  /** The databases that were asked for and are not there; empty ones stood in for them. */
  readonly absent: string[]
}

const looks = new AsyncLocalStorage<Look>()

/** Does `work`; within it, also within what it calls and awaits, `sqlite()` opens databases as `look` says. */
export function looking<T>(look: Look, work: () => T): T {
  return looks.run(look, work)
}

/** How the caller looks; undefined where it works. */
export function currentLook(): Look | undefined {
  return looks.getStore()
}
