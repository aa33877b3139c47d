import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'

const memory = '/dev/shm'
/** All files of tests that run at once are a fraction of it. */
const enough = 2 * 2 ** 30

/**
 * Vitest's `globalSetup`: where Linux has a disk in memory with room, the files of tests are there, as each commit of SQLite waits
 * for the disk, and no test loses power. What disks do to files is seen by `npm run system`.
 */
export default function setUp(): (() => void) | undefined {
  if (!existsSync(memory)) return undefined
  const { bavail, bsize } = statfsSync(memory)
  if (bavail * bsize < enough) return undefined
  const folder = mkdtempSync(`${memory}/pw-`)
  // A Postgres of a test may be run by another user.
  chmodSync(folder, 0o1777)
  const before = process.env['TMPDIR']
  // The processes of tests have it from here.
  process.env['TMPDIR'] = folder
  return () => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}
