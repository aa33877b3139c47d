import { AsyncLocalStorage } from 'node:async_hooks'

/*
 * Which run of which loop reads a message. Where a stage has several loops they share its ends, and each message in hand
 * belongs to the run in whose asynchronous context it was read. Nothing is tracked until the first such run, since on
 * Node 20 that slows down every promise of the process.
 */
const runs = new AsyncLocalStorage<object>()

/** Runs `work` as a part of `run`, with all asynchronous calls that it starts. */
export function inRun<T>(run: object, work: () => T): T {
  return runs.run(run, work)
}

/** The run that this is a part of, if it is one of several loops. */
export function currentRun(): object | undefined {
  return runs.getStore()
}
