import { expect, it } from 'vitest'
import { deskTitles } from '../../src/serve/desk-titles.ts'

it('makes a word of the name of each desk, and no two the same', () => {
  const desks = ['look', 'gate/0', 'gate_0', 'gate-0', 'secondLook', 'main']
  expect([...deskTitles(desks).values()]).toEqual([
    'Look',
    'Gate0',
    'Gate0_2',
    'Gate0_3',
    'SecondLook',
    'Main',
  ])
})
