/** A relative path without the `./` that it may begin with, once or many times; the work grows with its length alone. */
export function bareName(path: string): string {
  let at = 0
  while (path.startsWith('./', at)) {
    at += 2
    while (path[at] === '/') at++
  }
  return path.slice(at)
}
