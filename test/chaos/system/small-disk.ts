import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { tool } from './tools.ts'

/** A small file system of its own that is gone after the test. */
export interface SmallDisk {
  readonly folder: string
  /** Leaves no more than that many bytes; by default none. */
  readonly fill: (leftBytes?: number) => void
  readonly free: () => void
  /** Mounts it read-only, or writable again; no process may have a file of it open to write. */
  readonly readOnly: (is: boolean) => void
}

/** Mounts a tmpfs of `megabytes`, at `folder` if it is given. Throws a sentence if this user may not. */
export function smallDisk(
  megabytes: number,
  folder = mkdtempSync(join(tmpdir(), 'pipewright-small-')),
): SmallDisk {
  tool('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'pipewright', folder)
  onTestFinished(() => {
    tool('umount', '--lazy', folder)
    rmdirSync(folder)
  })
  const filler = join(folder, 'filler')
  return {
    folder,
    fill(leftBytes = 0) {
      const file = openSync(filler, 'a')
      try {
        for (;;) writeSync(file, Buffer.alloc(4096))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        ftruncateSync(file, fstatSync(file).size - leftBytes)
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler),
    readOnly: (is) => void tool('mount', '-o', `remount,${is ? 'ro' : 'rw'}`, folder),
  }
}
