import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine, parseCsv } from '../../../workflows/books/export/csv.ts'
import { type CsvFile, csvFile } from '../../../workflows/books/export/csv-file.ts'
import { withIndex } from '../../../workflows/books/export/export-index.ts'
import { planRow } from '../../../workflows/books/export/plan-row.ts'
import { putRow, type Row } from '../../../workflows/books/export/put-row.ts'
import { scratchFolder } from './scratch.ts'

const row = (key: string, title: string, note = ''): Row =>
  new Map([
    ['barcode', key],
    ['title', title],
    ['note', note],
  ])

/** What is done to the file while a row is put. */
type Wrap = (file: CsvFile) => CsvFile

async function put(path: string, what: Row, wrap: Wrap = (file) => file): Promise<void> {
  await withIndex(`${path}.index`, async (index) => {
    const file = await open(path, 'r+').catch(() => open(path, 'w+'))
    try {
      await putRow(wrap(csvFile(file, 'export.csv')), index, what)
    } finally {
      await file.close()
    }
  })
}

/** The rows of a file by their keys, blanks at their ends aside; the columns must be there, and each key once. */
function rowsOf(path: string): Map<string, string> {
  const [columns, ...rows] = parseCsv(readFileSync(path, 'utf8'))
  expect(columns).toEqual(['barcode', 'title', 'note'])
  const keys = rows.map(([key]) => key!)
  expect(new Set(keys).size).toBe(keys.length)
  return new Map(
    rows.map(([key, title, note, ...more]) => [key!, [title, note!.trimEnd(), ...more].join('|')]),
  )
}

const said = (what: Row) => [...what.values()].slice(1).join('|').trimEnd()

test.each([
  ['as long', 'Two', ''],
  ['shorter', 'T', ''],
  ['longer', 'Two, in many volumes', ''],
  ['longer by more than the row after it', 'T'.repeat(500), ''],
  ['with a note in quotes', 'Two', 'a, b'],
])('a row that is replaced by one that is %s stays one row, wherever it is', async (_what, title, note) => {
  const keys = ['one', 'two', 'three', 'four']
  for (const key of keys) {
    const path = join(scratchFolder(), 'export.csv')
    const rows = new Map(keys.map((each) => [each, row(each, 'Old', 'x "y"')]))
    for (const each of rows.values()) await put(path, each)
    // Longer and longer, and short again.
    for (const changed of [row(key, title, note), row(key, `${title}, again`, note), row(key, 'x')]) {
      rows.set(key, changed)
      await put(path, changed)
      expect(rowsOf(path)).toEqual(
        new Map([...rowsOf(path).keys()].map((each) => [each, said(rows.get(each)!)])),
      )
      expect(rowsOf(path).size).toBe(keys.length)
    }
  }
})

test('what is left of a place is blanks at the end of a row, within its quotes', async () => {
  const path = join(scratchFolder(), 'export.csv')
  for (const [key, note] of [
    ['one', ''],
    ['two', 'a, b'],
    ['three', ''],
  ] as const)
    await put(path, row(key, 'Old', note))
  await put(path, row('one', 'A longer title'))
  expect(readFileSync(path, 'utf8')).toBe(
    `barcode,title,note\r\ntwo,Old,"a, b${' '.repeat(10)}"\r\nthree,Old,\r\none,A longer title,\r\n`,
  )
  await put(path, row('two', 'No note'))
  expect(readFileSync(path, 'utf8')).toContain(`\r\ntwo,No note,${' '.repeat(12)}\r\n`)
  const before = statSync(path, { bigint: true }).mtimeNs
  await put(path, row('two', 'No note'))
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(before)
})

/** Dies when so many bytes have been written. */
const dyingAfter =
  (bytes: number): Wrap =>
  (file) => {
    let left = bytes
    return {
      ...file,
      async write(writes, size) {
        const done = writes.map(({ at, bytes: all }) => {
          const part = all.subarray(0, left)
          left -= part.length
          return { at, bytes: part }
        })
        const { size: before } = await file.mark()
        const end = Math.max(before, ...done.map(({ at, bytes: part }) => at + part.length))
        await file.write(left > 0 ? writes : done, left > 0 ? size : end)
        if (left <= 0) throw new Error('dead')
      },
    }
  }

// Without `finish` in `put-row.ts`, half a row is taken for a row, or a row is there twice.
test('wherever a process dies, the next one ends what it has begun', async () => {
  let deaths = 0
  for (const bytes of [0, 1, 9, 20, 28, 29, 30, 31, 40, 55, 60, 70, 200]) {
    const path = join(scratchFolder(), 'export.csv')
    for (const key of ['one', 'two', 'three']) await put(path, row(key, 'Old, "quoted"'))
    const longer = row('one', 'New, and "longer"')
    await put(path, longer, dyingAfter(bytes)).catch(() => deaths++)
    await put(path, row('four', 'Another'))
    const left = new Map([
      ['one', said(longer)],
      ['two', 'Old, "quoted"|'],
      ['three', 'Old, "quoted"|'],
      ['four', 'Another|'],
    ])
    expect(new Map([...rowsOf(path)].sort()), `dead after ${bytes} bytes`).toEqual(new Map([...left].sort()))
  }
  expect(deaths).toBeGreaterThan(8)
})

test('what was begun is not ended in a file that another program has written since', async () => {
  const path = join(scratchFolder(), 'export.csv')
  for (const key of ['one', 'two', 'three']) await put(path, row(key, 'Old'))
  await put(path, row('one', 'New and longer'), dyingAfter(3)).catch(() => {})
  writeFileSync(path, 'barcode,title,note\r\nfive,By hand,\r\n')
  await put(path, row('six', 'Six'))
  expect(rowsOf(path)).toEqual(
    new Map([
      ['five', 'By hand|'],
      ['six', 'Six|'],
    ]),
  )
})

test('a row costs the same for every length of the file', async () => {
  const costs: number[][] = []
  for (const count of [100, 20_000]) {
    const path = join(scratchFolder(), 'export.csv')
    const rows = Array.from({ length: count }, (_, n) => csvLine([`B${100_000 + n}`, `Book, ${n}`, '']))
    writeFileSync(path, ['barcode,title,note', ...rows, ''].join('\r\n'))
    // The first row finds a file that is not indexed.
    for (let n = 0; n < 2; n++) await put(path, row('first', `${n}`))
    let cost = 0
    const counted: Wrap = (file) => ({
      ...file,
      read: (place) => {
        cost += place.length
        return file.read(place)
      },
      scan: (from, to, see) => {
        cost += to - from
        return file.scan(from, to, see)
      },
      write: (writes, size) => {
        for (const { bytes } of writes) cost += bytes.length
        return file.write(writes, size)
      },
    })
    const each: number[] = []
    for (const what of [
      row('new', 'Book'),
      row('B100050', 'Book'),
      row('B100060', 'A longer title than it had'),
      row('new', 'Book'),
    ]) {
      cost = 0
      await put(path, what, counted)
      each.push(cost)
    }
    costs.push(each)
  }
  expect(costs[1]).toEqual(costs[0])
  expect(Math.max(...costs[0]!)).toBeLessThan(1000)
})

test('a long file is indexed little by little, and a row in what is not is replaced all the same', async () => {
  const path = join(scratchFolder(), 'export.csv')
  const keys = Array.from({ length: 12_000 }, (_, n) => `B${100_000 + n}`)
  writeFileSync(
    path,
    ['barcode,title,note', ...keys.map((key) => csvLine([key, 'x'.repeat(180), ''])), ''].join('\r\n'),
  )
  const changed = ['B100000', 'B105300', 'B111998', 'B111999', 'B105299', 'B105301', 'C1', 'B100000', 'C1']
  for (const [n, key] of changed.entries()) {
    await put(path, row(key, `${n}${'y'.repeat(n % 2 === 0 ? 1 : 300)}`))
    expect(rowsOf(path).size).toBe(keys.length + (n < 6 ? 0 : 1))
  }
  const rows = rowsOf(path)
  for (const key of changed) expect(rows.get(key)).toMatch(new RegExp(`^${changed.lastIndexOf(key)}y+\\|$`))
})

const key = fc.constantFrom('one', 'two', 'three', 'four', 'five', 'one1')
const text = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom('', 'a,b', '"', '""', 'two\r\nthree,four', '\none,x,\n', ' ', 'é'.repeat(9)),
)
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), key, title: text, note: text }) },
  fc.record({ kind: fc.constant('die' as const), key, title: text, note: text, bytes: fc.nat(80) }),
  fc.record({
    kind: fc.constant('torn' as const),
    bytes: fc.constantFrom('six,"half a ti', 'seven', '"eight,'),
  }),
  fc.record({ kind: fc.constant('index lost' as const) }),
  fc.record({ kind: fc.constant('touched' as const) }),
)

test('the index begins behind a row that has moved over its beginning', async () => {
  const path = join(scratchFolder(), 'export.csv')
  const rows = ['one,Old,\r\n', 'two,Old,"x, y"\r\n', 'three,Old,\r\n']
  writeFileSync(path, rows.join(''))
  const file = await open(path, 'r+')
  const [first, second] = rows.map((each) => each.length) as [number, number]
  const longer = { key: 'one', row: Buffer.from('one,New and longer,\r\n'), place: { at: 0, length: first } }
  const plan = await planRow(csvFile(file, 'export.csv'), {
    ...longer,
    indexed: first,
    end: rows.join('').length,
  })
  await file.close()
  expect(plan.indexed).toBe(first + second)
  expect(plan.places.get('two')).toEqual({ at: 0, length: first + second })
})

test('after any changes of the file each row is there once, as it was put last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
      const path = join(scratchFolder(), 'export.csv')
      /** What each row may say: of one whose process died over it, what it said before, or what was begun. */
      const model = new Map<string, string[]>()
      const look = () => {
        const rows = rowsOf(path)
        expect([...rows.keys()].sort()).toEqual(
          [...model].flatMap(([key, all]) => (all.includes('') && !rows.has(key) ? [] : [key])).sort(),
        )
        for (const [key, all] of model) {
          if (rows.has(key)) expect(all).toContain(rows.get(key))
          model.set(key, [rows.get(key) ?? ''])
        }
      }
      let isDead = false
      await put(path, row('zero', 'Zero'))
      model.set('zero', ['Zero|'])
      for (const each of events) {
        // What was begun is known to the index alone, and ended only in the file as it was left.
        if (each.kind === 'index lost' && !isDead) rmSync(`${path}.index`, { force: true })
        if (each.kind === 'touched' && !isDead) writeFileSync(path, readFileSync(path))
        if (each.kind === 'torn' && !isDead) appendFileSync(path, each.bytes)
        if (each.kind !== 'put' && each.kind !== 'die') continue
        const what = row(each.key, each.title, each.note)
        const wrap = each.kind === 'die' ? dyingAfter(each.bytes) : undefined
        isDead = await put(path, what, wrap).then(
          () => false,
          () => true,
        )
        model.set(each.key, isDead ? [...(model.get(each.key) ?? ['']), said(what)] : [said(what)])
        if (!isDead) look()
      }
      await put(path, row('last', 'Last'))
      model.set('last', ['Last|'])
      look()
    }),
    { numRuns: 25 },
  )
}, 60_000)
