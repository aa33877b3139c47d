import { join } from 'node:path'
import { reportPage, type UpkeepGiven } from 'pipewright'
import { writeDurably } from '../durable-file.ts'
import { exportTotals } from '../export/export-totals.ts'
import type { BooksConfig } from './config.ts'
import { roomOf } from './room-of.ts'

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const sayBytes = (bytes: number) => `${grouped.format(bytes / 2 ** 30)} GiB`

/**
 * Makes what writes `run_summary.json` and `report.html` into the done folder: the report of the workflow, the room on the disk, and what
 * is stored in all.
 */
export function reportBooks(config: Pick<BooksConfig, 'done' | 'processing' | 'disk'>) {
  const { done } = config
  const totals = exportTotals(done)
  return async ({ report, log }: UpkeepGiven): Promise<void> => {
    const summary = await report()
    const room = await orNothing('disk', log, () => roomOf(config))
    const stored = await orNothing('export', log, totals)
    const facts = { ...summary, ...(room && { disk: room }), ...(stored && { stored }) }
    const sections = [
      ...(stored
        ? [
            {
              title: 'Books',
              facts: { 'Stored in all': stored.books, 'Their tarballs': sayBytes(stored.bytes) },
            },
          ]
        : []),
      ...(room
        ? [
            {
              title: 'Disk',
              facts: {
                'Free on the disk of the books that are worked on': sayBytes(room.free),
                'Taken by books that are worked on': sayBytes(room.staged),
                'What they may take together': sayBytes(room.limit),
              },
            },
          ]
        : []),
    ]
    await write(join(done, 'run_summary.json'), `${JSON.stringify(facts, undefined, 2)}\n`)
    await write(join(done, 'report.html'), reportPage(summary, { title: 'Books', sections }))
  }
}

/** A part that cannot be found out is left out: the rest is what people wait for. */
async function orNothing<T>(what: string, log: UpkeepGiven['log'], find: () => Promise<T>) {
  try {
    return await find()
  } catch (error) {
    log.warn('The report lacks a part.', { part: what, error: (error as Error).message })
    return undefined
  }
}

const write = (path: string, text: string) => writeDurably(path, async (file) => file.writeFile(text))
