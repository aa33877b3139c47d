import type { Backend, ReadQueue, WriteQueue } from 'pipewright'
import { packageStages } from '../states/reason.ts'
import type { ExampleClock } from './example-clock.ts'
import type { Shelf } from './shelf.ts'

const barcodeOf = (n: number) => `32101700000${100 + n}`
/** A century but 25 days: what is due then, no reader of the example sees. */
export const farMs = 36_500 * 24 * 3_600_000

const reset = { kind: 'error', name: 'Error', message: 'read ECONNRESET', code: 'ECONNRESET' } as const
const full = { kind: 'error', name: 'S3Error', message: 'S3 answered 503 Slow Down.', code: '503' } as const
const wrong = {
  kind: 'error',
  name: 'Defect',
  message: 'The file does not open: the passphrase is wrong, or the file is damaged.',
  code: 'WrongPassphraseOrDamaged',
  details: { detail: 'The passphrase that was tried is called main; the keyring also has older.' },
} as const
const missing = {
  kind: 'error',
  name: 'Defect',
  message: 'The package has no 00000003.tif, which checksum.md5 names.',
  code: 'MissingFile',
  details: { file: '00000003.tif' },
} as const
const noMarc = {
  kind: 'error',
  name: 'Defect',
  message: 'The METS holds no MARC record.',
  code: 'MissingField',
  details: { field: 'MARC', acceptable: true },
} as const
const unconvertible = {
  kind: 'error',
  name: 'Defect',
  message: 'GRIN could not convert 32101700000131: Not enough pages.',
  code: 'ConversionFailed',
  details: { actual: '2026/11/20 04:11' },
} as const
const crashed = {
  kind: 'crash',
  name: 'CrashError',
  message: 'Its worker ended 3 times while it worked on nothing else.',
} as const

/** What the story needs. */
export interface Telling {
  readonly backend: Backend
  readonly input: WriteQueue<any>
  readonly output: ReadQueue<any>
  readonly shelf: Shelf
  readonly clock: ExampleClock
}

/** Two days in a library: 33 books enter, five of them to be had from GRIN, and come as far as each of them comes. */
export async function tellStory({ backend, output, shelf, clock }: Telling): Promise<void> {
  const [download, decrypt, unpack, modify, upload] = packageStages
  const all = packageStages
  for (let n = 1; n <= 28; n++) await shelf.enter(barcodeOf(n))

  // The first day: most of what began to move has arrived.
  for (const n of [1, 2, 3, 4, 5]) await shelf.through(barcodeOf(n), all)
  await output.read()
  await output.pop(barcodeOf(1))
  await shelf.survey('2026-11-20T03:00Z', { books: 1_204_331, changed: 1_204_331, gone: 0 })

  await shelf.postpone(barcodeOf(6), download, reset, 900)
  clock.pass(1000)
  await shelf.through(barcodeOf(6), all)

  await shelf.through(barcodeOf(7), [download])
  await shelf.fail(barcodeOf(7), decrypt, wrong)
  await shelf.decide(barcodeOf(7), { decision: 'passphrase', name: 'older' }, 'ann')
  await shelf.giveBack(barcodeOf(7), decrypt)
  await shelf.through(barcodeOf(7), [decrypt, unpack, modify, upload, 'cleanUp'])

  // Books on a desk: one is free, one is claimed, one has been seen before.
  for (const [n, stage, why] of [
    [8, decrypt, wrong],
    [9, unpack, missing],
    [10, modify, noMarc],
  ] as const) {
    await shelf.through(barcodeOf(n), all.slice(0, all.indexOf(stage)))
    await shelf.fail(barcodeOf(n), stage, why)
  }
  await shelf.decide(barcodeOf(9), { decision: 'retry', from: 'unpack' }, 'bob')
  await shelf.fail(barcodeOf(9), unpack, missing)
  await shelf.claim(barcodeOf(10), 'ann')

  await backend.commit([
    { kind: 'gate', name: 'books/upload', closed: true, actor: 'bob', reason: 'The storage is being moved.' },
  ])
  clock.pass(3_600_000)
  await backend.commit([
    {
      kind: 'gate',
      name: 'books/upload',
      closed: false,
      actor: 'bob',
      reason: 'The storage has been moved.',
    },
  ])

  // Given up: one is cancelled, one was dead until its worker was mended, one is rejected.
  await shelf.through(barcodeOf(11), [download])
  await shelf.fail(barcodeOf(11), decrypt, wrong)
  await backend.commit([
    {
      kind: 'take',
      queue: 'books/review',
      id: barcodeOf(11),
      event: 'cancelled',
      actor: 'bob',
      reason: 'withdrawn',
    },
  ])
  await shelf.through(barcodeOf(12), [download, decrypt])
  await shelf.bury(barcodeOf(12), unpack, crashed)
  await backend.commit([{ kind: 'revive', queue: 'books/unpack', id: barcodeOf(12), actor: 'bob' }])
  await shelf.through(barcodeOf(12), [unpack])
  await shelf.through(barcodeOf(26), [download])
  await shelf.fail(barcodeOf(26), decrypt, wrong)
  await shelf.decide(barcodeOf(26), { decision: 'reject', note: 'Google will send it again.' }, 'ann')
  await shelf.through(barcodeOf(26), ['cleanUp'])

  // The second day: the rest is wherever it is when the picture is taken.
  clock.pass(24 * 3_600_000)
  await shelf.survey('2026-11-21T03:00Z')
  await shelf.through(barcodeOf(13), [download, decrypt])
  await shelf.bury(barcodeOf(13), unpack, crashed)
  await shelf.through(barcodeOf(14), [download, decrypt])
  await shelf.through(barcodeOf(15), [download, decrypt])
  await shelf.hold(barcodeOf(15), unpack, 0.25)
  for (const n of [16, 17]) await shelf.through(barcodeOf(n), [download])
  await shelf.hold(barcodeOf(16), decrypt, 0.4)
  await shelf.through(barcodeOf(18), [download, decrypt, unpack])
  await shelf.hold(barcodeOf(18), modify, 0.75)
  for (const n of [19, 20, 21]) await shelf.through(barcodeOf(n), [download, decrypt, unpack, modify])
  await shelf.postpone(barcodeOf(19), upload, full, farMs)
  await shelf.hold(barcodeOf(20), upload, 0.67)
  await shelf.through(barcodeOf(22), [download, decrypt, unpack, modify, upload])
  await shelf.hold(barcodeOf(22), 'cleanUp', 0)
  await shelf.through(barcodeOf(23), [download, decrypt, unpack, modify, upload])
  await shelf.hold(barcodeOf(24), download, 0.1)
  await shelf.postpone(barcodeOf(25), download, reset, farMs)

  // What GRIN has still to give.
  for (const n of [29, 30, 31, 32, 33]) await shelf.want(barcodeOf(n))
  for (const n of [30, 31, 32, 33]) await shelf.through(barcodeOf(n), ['check'])
  for (const n of [31, 32, 33]) await shelf.through(barcodeOf(n), ['request'])
  await shelf.refuse(barcodeOf(31), unconvertible)
}
