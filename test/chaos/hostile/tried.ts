import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { CHAOS, CHAOS_SEED } = process.env

/** How often to try: `short` times in `npm test`, twenty times that in `npm run chaos`. */
export function runs(short: number) {
  const numRuns = CHAOS === 'long' ? 20 * short : short
  return CHAOS_SEED ? { numRuns, seed: Number(CHAOS_SEED) } : { numRuns }
}

/** Runs `work` in a folder with `bytes` in the file `in`; what it gives, and what is there then but `in`. */
export async function tried<T>(bytes: Uint8Array, work: (folder: string) => Promise<T>) {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-fuzz-'))
  try {
    writeFileSync(join(folder, 'in'), bytes)
    const result = await work(folder).catch((error: unknown) => error)
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'in')
    const odd = left.filter((name) => !['file', 'folder'].includes(kindOf(join(folder, name))))
    const bodies = new Map(left.map((name) => [name, bodyOf(join(folder, name))]))
    return { result, left, odd, bodies }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function kindOf(path: string): string {
  const stats = lstatSync(path)
  if ((stats.mode & 0o7000) !== 0) return 'a program of its owner'
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'odd'
}

function bodyOf(path: string): string {
  return lstatSync(path).isFile() ? readFileSync(path, 'latin1') : ''
}
