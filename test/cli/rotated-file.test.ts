import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RotatedFile } from '../../src/cli/up/rotated-file.ts'
import { folder } from './rig.ts'

const line = (n: number) => `${n}`.padStart(99, '0')
const linesOf = (at: string) => readFileSync(at, 'utf8').trim().split('\n').map(Number)

it('keeps so many files of so many bytes, the newest lines in the first, for its owner', () => {
  const at = join(folder(), 'logs')
  const write = (from: number, to: number) => {
    const file = new RotatedFile({ folder: at, megabytes: 0.0003, files: 3 }, (error) =>
      expect.fail(`${error}`),
    )
    for (let n = from; n <= to; n++) file.write(line(n))
    file.close()
  }
  write(1, 5)
  // One that goes on in the same file, as after a new start.
  write(6, 11)
  expect(readdirSync(at).sort()).toEqual(['up.log', 'up.log.1', 'up.log.2'])
  expect(linesOf(join(at, 'up.log'))).toEqual([10, 11])
  expect(linesOf(join(at, 'up.log.1'))).toEqual([7, 8, 9])
  expect(linesOf(join(at, 'up.log.2'))).toEqual([4, 5, 6])
  expect(statSync(join(at, 'up.log')).mode & 0o777).toBe(0o600)
  expect(statSync(at).mode & 0o777).toBe(0o700)
})

it('says once that it cannot write, and goes on when it can', () => {
  const at = join(folder({ taken: 'a file' }), 'taken')
  const failures: string[] = []
  const file = new RotatedFile({ folder: at, megabytes: 1, files: 2 }, ({ message }) =>
    failures.push(message),
  )
  for (let n = 1; n <= 3; n++) file.write(line(n))
  expect(failures).toHaveLength(1)
  rmSync(at)
  file.write(line(4))
  file.close()
  expect(linesOf(join(at, 'up.log'))).toEqual([4])
})
