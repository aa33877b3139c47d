/** Keeps this process alive until the function returned is called: the timers and watches of the clock and of backends never do. */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, 2 ** 30)
  return () => clearInterval(timer)
}
