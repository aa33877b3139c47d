import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { measureRoom } from '../../../workflows/books/room.ts'
import { scratchFolder } from './scratch.ts'

it('counts what books have and what is free, but for what is to stay free', async () => {
  const folder = scratchFolder()
  mkdirSync(join(folder, 'book', 'unpacked'), { recursive: true })
  writeFileSync(join(folder, 'book', 'unpacked', '1.tif'), Buffer.alloc(300_000))
  const { free, staged, limit } = await measureRoom(folder, 2 ** 30)
  expect(staged).toBeGreaterThanOrEqual(300_000)
  expect(staged).toBeLessThan(400_000)
  const there = statfsSync(folder)
  // Other processes write meanwhile.
  expect(free / (there.bavail * there.bsize)).toBeCloseTo(1, 1)
  const exact = staged + free - 2 ** 30
  expect(limit).toBeLessThanOrEqual(exact)
  expect(limit).toBeGreaterThan(exact * 0.93)
})

it('has no room at all where more is to stay free than is', async () => {
  expect((await measureRoom(scratchFolder(), 2 ** 60)).limit).toBe(0)
})
