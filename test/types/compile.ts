import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface CompilerError {
  readonly file: string
  readonly line: number
  readonly text: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const compiler = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

/** What tsc says of `project`; files are named from the repository's root. */
export async function compile(project: string): Promise<{ errors: CompilerError[]; instantiations: number }> {
  const output = await new Promise<string>((resolve) => {
    // Each of more threads would check for itself what they share, which takes twice the work, and counts it again.
    const args = ['-p', project, '--noEmit', '--singleThreaded', '--pretty', 'false', '--extendedDiagnostics']
    execFile(compiler, args, { cwd: root, maxBuffer: 1e8 }, (_, stdout) => resolve(stdout))
  })
  const instantiations = Number(/^Instantiations:\s+(\d+)$/m.exec(output)?.[1])
  const said = output.matchAll(/^(\S+)\((\d+),\d+\): error (.*(?:\n .*)*)/gm)
  const errors = [...said].map(([, file, line, text]) => ({
    file: file!,
    line: Number(line),
    // The compiler quotes the quotes of a literal type.
    text: text!.replaceAll('\\"', '"'),
  }))
  return { errors, instantiations }
}
