/** Watches the memory of this process from now on; the result says by how many MB it has grown at most, and ends that. */
export function watchMemory(): () => number {
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const watching = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  return () => {
    clearInterval(watching)
    return (peak - before) / 2 ** 20
  }
}
