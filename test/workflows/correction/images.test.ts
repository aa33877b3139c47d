import { describe, expect, it } from 'vitest'
import { findLevels, stretch } from '../../../workflows/correction/contrast.ts'
import { decodePgm, encodePgm } from '../../../workflows/correction/gray-image.ts'
import { drawPage } from '../../../workflows/correction/sample-page.ts'
import { findSkew, turn } from '../../../workflows/correction/skew.ts'

const size = { width: 300, height: 400 }
const pgm = (text: string) => Buffer.from(text, 'latin1')

describe('a gray image', () => {
  it('is read and written as PGM', () => {
    const bytes = pgm('P5\n# a comment\n3 2\n255\nabcdef')
    expect(decodePgm(bytes)).toEqual({ width: 3, height: 2, pixels: pgm('abcdef') })
    expect(Buffer.from(encodePgm(decodePgm(bytes))).toString('latin1')).toBe('P5\n3 2\n255\nabcdef')
  })

  it('is as bright as its brightest value says', () => {
    expect([...decodePgm(Uint8Array.of(...pgm('P5 3 1 15\n'), 0, 15, 3)).pixels]).toEqual([0, 255, 51])
  })

  it.each([
    ['P6 1 1 255\nabc', 'not a binary PGM'],
    ['', 'not a binary PGM'],
    ['P5 1 1 65535\nab', '65535 as its brightest value'],
    ['P5 0 5 255\n', '0 x 5 pixels'],
    ['P5 999999999 999999999 255\n', '1 to 100000000'],
    ['P5 3 2 255\nabcde', 'cut short: 5 of 6'],
  ])('is refused with a sentence: %j', (text, says) => {
    expect(() => decodePgm(pgm(text))).toThrow(says)
  })
})

describe('contrast', () => {
  it('is stretched from the darkest to the brightest, but for specks', () => {
    const page = drawPage({ ...size, degrees: 0, ink: 120, paper: 200 })
    page.pixels.set([0, 255, 90])
    const levels = findLevels(page)
    expect(levels).toEqual({ black: 120, white: 200 })
    const clear = new Set(stretch(page, levels).pixels)
    expect(clear).toEqual(new Set([0, 255]))
  })

  it('is refused where there is none', () => {
    const blank = drawPage({ ...size, degrees: 0, ink: 140, paper: 150 })
    expect(() => findLevels(blank)).toThrow('no contrast: its values lie between 140 and 150')
  })
})

describe('skew', () => {
  it.each([-3, -1.5, 0, 0.75, 4])('of %d degrees is found and undone', (degrees) => {
    const page = drawPage({ ...size, degrees, ink: 0, paper: 255 })
    const found = findSkew(page)
    expect(Math.abs(found - degrees)).toBeLessThanOrEqual(0.25)
    expect(Math.abs(findSkew(turn(page, found)))).toBeLessThanOrEqual(0.25)
  })
})
