import { AsyncResource } from 'node:async_hooks'

/**
 * `act`, run in the async context (https://nodejs.org/api/async_context.html) of this call, not in that of the caller
 * who happens to set it off. Queues bring together what many callers ask for: one must not see another's context, and
 * what lives longer than a call must not keep its context alive.
 */
export function keepContext<Args extends unknown[], Result>(
  act: (...args: Args) => Result,
): (...args: Args) => Result {
  return AsyncResource.bind(act)
}
