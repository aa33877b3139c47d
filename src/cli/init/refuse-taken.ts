import { lstatSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../../app/usage-error.ts'
import type { TextFile } from './template.ts'

/** Throws a `UsageError` if anything in `folder`, or on the way to it, stands where one of `files` is to go. */
export function refuseTaken(folder: string, files: readonly TextFile[]): void {
  const targets = files.map(({ path }) => join(folder, path))
  const taken = targets.filter((target) => look(lstatSync, target))
  const packaged = taken.find((target) => basename(target) === 'package.json')
  if (packaged !== undefined)
    throw new UsageError(
      `${packaged} is there already, and init changes no package: name a new folder, or add Pipewright to yours with \`npm install pipewright zod\`.`,
    )
  if (taken[0] !== undefined)
    throw new UsageError(
      `${taken[0]} is there already, and init writes over nothing: name another folder, or move it away.`,
    )
  const file = targets.map(fileAbove).find((path) => path !== undefined)
  if (file !== undefined) throw new UsageError(`${file} is no folder: name another one, or move it away.`)
}

/** The file that stands where a folder for `target` is needed; undefined if there is none. */
function fileAbove(target: string): string | undefined {
  const folder = dirname(target)
  const found = look(statSync, folder)
  if (!found && folder !== target) return fileAbove(folder)
  return found?.isDirectory() === false ? folder : undefined
}

function look(how: (path: string) => Stats, path: string): Stats | undefined {
  try {
    return how(path)
  } catch (error) {
    // ENOTDIR: the path leads through a file.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
