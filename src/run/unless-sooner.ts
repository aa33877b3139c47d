/**
 * Resolves as `promise` does; or with what `instead` returns, if `on` calls its callback before that. `on` returns the
 * function that cancels it.
 */
export function unlessSooner<T, Instead>(
  promise: Promise<T>,
  on: (act: () => void) => () => void,
  instead: () => Instead,
): Promise<T | Instead> {
  return new Promise((resolve, reject) => {
    const callOff = on(() => resolve(instead()))
    promise.then(resolve, reject).finally(callOff)
  })
}
