import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readExport } from '../../workflows/books/export/books-export.ts'
import { figures } from './figures.ts'
import { virtualLibrary } from './virtual-library.ts'

// A library of its own for 30 days, in which nobody is there: the nights when GRIN is out of order, a day on which it is, logins that
// expire every hour, a queue of conversions that is soon full, two days with a full disk, and broken books.

const long = process.env['CHAOS'] === 'long'
const made = long ? 200 : 20
const days = long ? 30 : 8
const day = 86_400_000
/** On this day GRIN is out of order. */
const outage = long ? 12 : 3
const outageHours = long ? 20 : 4
const nth = (n: number) => `32101900000${String(n).padStart(3, '0')}`

/** Which of the books end on the desk, and as what. */
const amiss = new Map([
  [nth(2), { fault: 'wrong-passphrase', class: 'decrypt' }],
  [nth(5), { fault: 'bad-checksum', class: 'package' }],
  [nth(8), { fault: 'conversion-failed', class: 'conversion' }],
  [nth(11), { fault: 'not-available', class: 'unavailable' }],
  [nth(14), { fault: 'lost', class: 'lost' }],
  [nth(17), { fault: 'marc-empty', class: 'metadata' }],
])

it('takes a library through thirty days by itself', { timeout: long ? 900_000 : 240_000 }, async () => {
  const library = await virtualLibrary(
    {
      books: { sample: false, made: { count: made, pages: 3 }, converted: 5 },
      conversionMs: long ? [3 * day, 8 * day] : [day, 3 * day],
      queueLimit: Math.ceil(made / 3),
      auth: { tokenMs: 3_600_000 },
      faults: [
        ...[...amiss].map(([of, { fault }]) => ({ fault, of })),
        { fault: 'http-500', chance: 0.02 },
        { fault: 'reset', on: 'get', chance: 0.05 },
      ],
    },
    { underWay: Math.ceil(made / 2), lostAfterMs: long ? 14 * day : 4 * day },
  )
  const { fake, disk } = library
  for (let today = 1; today <= days; today++) {
    await library.hours(2)
    fake.admin.setOutage(true)
    await library.hours(today === outage ? outageHours : 1)
    fake.admin.setOutage(false)
    if (today === 4) disk.setFull(true)
    if (today === (long ? 6 : 5)) disk.setFull(false)
    await library.hours(21 - (today === outage ? outageHours : 1))
  }
  const [finished, stopped] = [await library.finished(), await library.stopped()]
  const ended = [...finished].filter(([, { tag }]) => tag === 'Done').map(([id]) => id)
  const classes = Object.fromEntries([...stopped].map(([id, { reason }]) => [id, reason.class]))
  const wanted = Object.fromEntries([...amiss].map(([id, { class: name }]) => [id, name]))
  const counts = (await library.backend.count()).filter(({ role }) => role === 'stage')
  const waiting = counts.reduce(
    (sum, { ready, leased, delayed, waiting, dead }) => sum + ready + leased + delayed + waiting + dead,
    0,
  )
  const exported = (await readExport(library.folder('done'))).map(({ barcode }) => barcode)
  const what = `books: ${days} days of a library of ${made}`
  figures([
    { what, demanded: 'all good books stored', seen: ended.length, ok: ended.length === made - amiss.size },
    {
      what,
      demanded: 'each other one on the desk, for its reason',
      seen: JSON.stringify([...stopped].filter(([id, { reason }]) => reason.class !== wanted[id])),
      ok: JSON.stringify(Object.entries(classes).sort()) === JSON.stringify(Object.entries(wanted).sort()),
    },
    { what, demanded: 'nothing else waits', seen: waiting, ok: waiting === 0 },
    {
      what,
      demanded: 'each stored once',
      seen: exported.length,
      ok: exported.length === ended.length && new Set(exported).size === exported.length,
    },
  ])
  // What waits on the desk keeps its files.
  for (const name of readdirSync(library.folder('processing'))) expect([...stopped.keys()]).toContain(name)
})
