import { join } from 'node:path'
import { writeDurably } from '../durable-file.ts'

/** What a run has done, for whoever reads the done bucket; times are ISO, counts are of books. */
export interface RunSummary {
  readonly started: string
  readonly finished: string
  readonly done: number
  readonly skipped: number
  readonly inReview: number
  readonly rejected: number
  readonly bytes: number
}

/** Writes `run_summary.json`, replacing that of an earlier run. */
export async function writeRunSummary(folder: string, summary: RunSummary): Promise<void> {
  await writeDurably(join(folder, 'run_summary.json'), (file) =>
    file.writeFile(`${JSON.stringify(summary, null, 2)}\n`),
  )
}
