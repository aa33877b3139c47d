import { AsyncResource } from 'node:async_hooks'

/**
 * `act`, run in the async context (https://nodejs.org/api/async_context.html) of this call, not in that of the caller
 * that happens to trigger it. Queues batch the requests of many callers: one must not see another's context, and an
 * object that lives longer than a call must not keep the context of the call alive.
 */
export function keepContext<Args extends unknown[], Result>(
  act: (...args: Args) => Result,
): (...args: Args) => Result {
  // Not `AsyncResource.bind`, which marks each function that it makes as deprecated: a twentieth of an idle hop.
  const context = new AsyncResource('pipewright')
  return (...args) => context.runInAsyncScope(act, undefined, ...args)
}
