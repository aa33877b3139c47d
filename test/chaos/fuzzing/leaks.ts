import { tmpdir } from 'node:os'

const inside: readonly RegExp[] = [
  /node_modules/,
  /\/src\//,
  /\bat .*:\d+:\d+/,
  /\bnode:internal/,
  new RegExp(escaped(process.cwd())),
  new RegExp(escaped(tmpdir())),
]

/** The parts of an answer's text that show the inside of the server: paths of its machine, frames of a stack. */
export function leaksIn(text: string): readonly string[] {
  return inside.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
