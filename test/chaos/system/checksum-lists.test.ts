import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkChecksums } from '../../../workflows/books/package/checksums.ts'
import { type Mutation, mutate, mutations } from '../hostile/mutate.ts'
import { runs, tried } from '../hostile/tried.ts'
import { tool } from './tools.ts'

// What `md5sum -c` makes of a list is what the workflow makes of it. With `/i` taken from `ofGnu` in
// `checksum-list.ts`, a list in upper case differs.

const files = ['one', 'two']
const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const sum = fc.tuple(fc.constantFrom(...files), fc.boolean()).map(([name, isUpper]) => {
  const hex = md5(name)
  return { name, hex: isUpper ? hex.toUpperCase() : hex }
})
const line = fc.oneof(
  fc
    .tuple(
      sum,
      fc.constantFrom('', ' ', '\t', '\\'),
      fc.constantFrom('  ', ' *', '\t', ' ', '\t*', ''),
      fc.constantFrom('', './'),
    )
    .map(([{ name, hex }, before, between, dot]) => `${before}${hex}${between}${dot}${name}`),
  fc
    .tuple(
      sum,
      fc.constantFrom('', ' ', '\\'),
      fc.constantFrom('MD5 (', 'MD5(', 'MD5  (', 'md5 ('),
      fc.constantFrom(') = ', ')= ', ')=', ' = '),
    )
    .map(([{ name, hex }, before, open, close]) => `${before}${open}${name}${close}${hex}`),
  fc.constantFrom('', '# remark', 'no sum at all'),
)
const lists = fc
  .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, isWhole]) => lines.join(end) + (isWhole ? end : ''))
const noChange = fc.constant<readonly Mutation[]>([])

it('agrees with md5sum about every list', { timeout: 600_000 }, async () => {
  tool('md5sum', '--version')
  let agreed = 0
  await fc.assert(
    fc.asyncProperty(lists, fc.oneof(noChange, mutations), async (list, changes) => {
      const changed = mutate(Buffer.from(list), changes)
      await tried(changed, async (folder) => {
        for (const name of files) writeFileSync(join(folder, name), name)
        writeFileSync(join(folder, 'checksum.md5'), changed)
        const found: string[] = []
        const report = ({ code }: { code: string }) => void found.push(code)
        await checkChecksums(folder, [...files, 'checksum.md5'], { report })
        // That a file has no line is nothing to md5sum.
        const said = found.filter((code) => code !== 'MissingField')
        if (accepts(folder)) expect(said).toEqual([])
        else if (found.length === 0) expect(String(changed)).toMatch(/^\ufeff|^\s+$|checksum\.md5/m)
        agreed += said.length === 0 ? 1 : 0
      })
    }),
    runs(50),
  )
  expect(agreed).toBeGreaterThan(20)
})

function accepts(folder: string): boolean {
  try {
    execFileSync('md5sum', ['--check', '--strict', '--status', 'checksum.md5'], {
      cwd: folder,
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}
