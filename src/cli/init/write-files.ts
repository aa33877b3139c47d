import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TextFile } from './template.ts'

/**
 * Writes `files` into `folder`, over nothing; folders that are missing are made, those above `folder` too. Throws what
 * the file system refuses, and has then taken back all that it has made.
 */
export function writeFiles(folder: string, files: readonly TextFile[]): void {
  const undo: (() => void)[] = []
  try {
    for (const { path, text } of files) {
      const target = join(folder, path)
      makeFolder(dirname(target), undo)
      // Empty at first, so that it is known to be ours if the disk is full.
      writeFileSync(target, '', { flag: 'wx' })
      undo.push(() => rmSync(target))
      writeFileSync(target, text)
    }
  } catch (error) {
    for (const each of undo.reverse()) tryTo(each)
    throw error
  }
}

function makeFolder(folder: string, undo: (() => void)[]): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder), undo)
  mkdirSync(folder)
  undo.push(() => rmdirSync(folder))
}

function tryTo(act: () => void): void {
  try {
    act()
  } catch {
    // Another process has put something there meanwhile, or the disk is gone: the first error says more.
  }
}
