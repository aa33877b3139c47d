import { basename, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { escapeControls } from '../../app/escape-controls.ts'
import { refuseTaken } from '../init/refuse-taken.ts'
import { readTemplate, type TextFile } from '../init/template.ts'
import { writeFiles } from '../init/write-files.ts'
import type { Terminal } from '../screen/terminal.ts'

/** `pipewright init [DIR]`: writes a small app that runs at once, over nothing that is there. */
export function initCommand(terminal: Terminal): Command {
  return new Command('init')
    .description('write a small app to begin with: a worker, a review, and a test of both')
    .argument('[dir]', 'the folder, made if it is not there; by default the current one', folderName)
    .option('--json', 'answer in JSON')
    .action((dir: string | undefined, { json = false }: { readonly json?: boolean }) => {
      const folder = dir ?? '.'
      const files = readTemplate(basename(resolve(folder)))
      write(folder, files)
      const paths = files.map(({ path }) => path)
      const answer = json ? JSON.stringify({ folder: resolve(folder), files: paths }) : sayNext(dir, paths)
      terminal.out(answer)
    })
}

function folderName(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('It is the name of a folder.')
}

function write(folder: string, files: readonly TextFile[]): void {
  refuseTaken(folder, files)
  try {
    writeFiles(folder, files)
  } catch (error) {
    const why = (error as Error).message
    throw new Error(
      `The app could not be written, and nothing of it is left: ${why}. Name another folder, or mend that.`,
      { cause: error },
    )
  }
}

function sayNext(dir: string | undefined, paths: readonly string[]): string {
  const written = `Written${dir === undefined ? '' : ` into ${dir}`}: ${paths.join(', ')}`
  const next = [...(dir === undefined ? [] : [`cd ${quoted(dir)}`]), 'npm install', 'npm start', 'npm test']
  return [written, 'Next:', ...next.map((command) => `  ${command}`)].map(escapeControls).join('\n')
}

/** `dir` as a shell reads it. */
function quoted(dir: string): string {
  return /^[\w./@+-]+$/.test(dir) ? dir : `'${dir.replaceAll("'", `'\\''`)}'`
}
