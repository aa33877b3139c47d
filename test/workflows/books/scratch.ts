import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export const samplePassphrase = 'correct horse battery staple'

/** The path of a file that ships with the book workflow's sample. */
export function sampleFile(name: string): string {
  return new URL(`../../../workflows/books/sample/${name}`, import.meta.url).pathname
}

/** A folder that lives as long as the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
