import { readFileSync } from 'node:fs'

/** What the compiler has to say of some lines, and of no others. */
export interface Expectation {
  readonly file: string
  readonly firstLine: number
  readonly lastLine: number
  readonly texts: readonly string[]
}

/**
 * The expectations in `file`: each `// error: text` asks for one error that contains the text, and they hold for the
 * lines after them, up to the next blank line or comment.
 */
export function readExpectations(file: string): Expectation[] {
  const found: Expectation[] = []
  const lines = readFileSync(file, 'utf8').split('\n')
  let texts: string[] = []
  let firstLine = 0
  for (const [index, line] of lines.entries()) {
    const comment = /^\s*\/\/ (?:error: (.*))?/.exec(line)
    if (texts.length > 0 && firstLine > 0 && (comment || line.trim() === '')) {
      found.push({ file, firstLine, lastLine: index, texts })
      texts = []
      firstLine = 0
    }
    if (comment?.[1]) texts.push(comment[1])
    else if (!comment && texts.length > 0 && firstLine === 0) firstLine = index + 1
  }
  return found
}
