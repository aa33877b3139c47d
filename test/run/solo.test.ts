import { expect, it } from 'vitest'
import { makeSolo } from '../../src/run/solo.ts'
import { makeGate, settle } from './stage-rig.ts'

it('lets nothing new start while somebody waits to be alone, and runs it when all else has ended', async () => {
  const solo = makeSolo()
  solo.start()
  solo.start()
  let ran = false
  const done = solo.alone(async () => {
    ran = true
  })
  expect(solo.open()).toBe(false)
  solo.end()
  await settle()
  expect(ran).toBe(false)
  solo.end()
  await done
  expect(ran).toBe(true)
})

it('runs one after the other, in the order in which they came, and then opens', async () => {
  const solo = makeSolo()
  const told: string[] = []
  const off = solo.onOpen(() => told.push('open'))
  const gate = makeGate<void>()
  const first = solo.alone(async () => {
    told.push('first')
    await gate.promise
  })
  const second = solo.alone(async () => void told.push('second'))
  await settle()
  expect(told).toEqual(['first'])
  gate.open()
  await Promise.all([first, second])
  await settle()
  expect(told).toEqual(['first', 'second', 'open'])
  expect(solo.open()).toBe(true)
  off()
  await solo.alone(async () => {})
  await settle()
  expect(told).toHaveLength(3)
})

it('goes on when what ran alone fails, and tells who asked for it', async () => {
  const solo = makeSolo()
  const failing = solo.alone(() => Promise.reject(new Error('broken')))
  const next = solo.alone(async () => {})
  await expect(failing).rejects.toThrow('broken')
  await next
  await settle()
  expect(solo.open()).toBe(true)
})

it('does not mistake its own work for that of others', async () => {
  const solo = makeSolo()
  await solo.alone(async () => {
    solo.start()
    solo.end()
  })
  solo.start()
  let ran = false
  void solo.alone(async () => {
    ran = true
  })
  await settle()
  expect(ran).toBe(false)
})
