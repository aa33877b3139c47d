/** Keeps this process alive until the function returned is called. Timers of the clock and watches of backends do not. */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, 2 ** 30)
  return () => clearInterval(timer)
}
