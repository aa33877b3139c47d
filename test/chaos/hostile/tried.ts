import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const { CHAOS, CHAOS_SEED } = process.env

/** What one try may take, on a machine that does much else. */
const mostMs = 20_000

/** How often to try: `short` times in `npm test`, `long` times (by default twenty times that) in `npm run chaos`. */
export function runs(short: number, long = 20 * short) {
  const numRuns = CHAOS === 'long' ? long : short
  return CHAOS_SEED ? { numRuns, seed: Number(CHAOS_SEED) } : { numRuns }
}

/**
 * Runs `work` in a folder with `bytes` in the file `in`; what it gives, and what is there then but `in`. What does not
 * settle within 20 seconds gives an error that is no defect.
 */
export async function tried<T>(bytes: Uint8Array, work: (folder: string) => Promise<T>) {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-fuzz-'))
  try {
    writeFileSync(join(folder, 'in'), bytes)
    const result = await Promise.race([work(folder).catch((error: unknown) => error), late()])
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'in')
    const odd = left.filter((name) => !['file', 'folder'].includes(kindOf(join(folder, name))))
    const bodies = new Map(left.map((name) => [name, bodyOf(join(folder, name))]))
    return { result, left, odd, bodies }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function late(): Promise<Error> {
  await setTimeout(mostMs, undefined, { ref: false })
  return new Error(`It has not settled within ${mostMs} ms.`)
}

function kindOf(path: string): string {
  const stats = lstatSync(path)
  if ((stats.mode & 0o7000) !== 0) return 'a program of its owner'
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'odd'
}

function bodyOf(path: string): string {
  return lstatSync(path).isFile() ? readFileSync(path, 'latin1') : ''
}
