import { expect, it } from 'vitest'
import { hideFolders, shownFault } from '../../src/queue/shown-fault.ts'

it.each([
  [
    "ENOENT: no such file or directory, stat '/srv/my books/x.xml'",
    "ENOENT: no such file or directory, stat 'x.xml'",
  ],
  ["EXDEV, rename '/a/b.tar' -> '/c/d.tar'", "EXDEV, rename 'b.tar' -> 'd.tar'"],
  ['cannot read /srv/scans/7.tif: torn', 'cannot read 7.tif: torn'],
  ['Cannot find module "/home/ann/app/node_modules/x/"', 'Cannot find module "x"'],
  ['(/srv/app/x.ts:3:7)', '(x.ts:3:7)'],
  ['file:///srv/app/x.ts is odd', 'x.ts is odd'],
  ["open 'C:\\Users\\ann\\x.tif', or C:\\Users\\ann\\y.tif", "open 'x.tif', or y.tif"],
  ['GET https://example.org/a/b failed', 'GET https://example.org/a/b failed'],
  ['1/2 and/or scans/7.tif in a/b/c', '1/2 and/or scans/7.tif in a/b/c'],
  ['nothing / to / hide', 'nothing / to / hide'],
])('of %j people are shown %j', (text, shown) => {
  expect(hideFolders(text)).toBe(shown)
})

it('shows of a fault and of its causes what they say, without folders and stacks', () => {
  const cause = { name: 'Error', message: "open '/a/b'", code: 'ENOENT', stack: 'at /a/b.ts:1:1' }
  const fault = {
    kind: 'error',
    name: 'Torn',
    message: 'torn',
    stack: 'at /a/b.ts:2:2',
    causes: [cause],
  } as const
  expect(shownFault(fault)).toEqual({
    ...{ kind: 'error', name: 'Torn', message: 'torn' },
    causes: [{ name: 'Error', message: "open 'b'", code: 'ENOENT' }],
  })
})

// Taken out, to see this fail: the slashes in what a part of a path is made of (it takes minutes).
it.each(['/a', "'/", '/', 'C:\\', '/ '])('looks for folders in a long %j once', (part) => {
  expect(hideFolders(part.repeat(200_000)).length).toBeLessThanOrEqual(part.length * 200_000)
})
