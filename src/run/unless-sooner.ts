/**
 * Resolves as `promise` does; or with what `instead` returns, if `on` calls what it is given before that. What `on` returns
 * calls it off.
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
