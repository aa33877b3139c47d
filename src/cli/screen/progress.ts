import { livingIn, type QueueCount } from '../../queue/queue-count.ts'
import { type Totals, totalsOf } from '../supervise/idleness.ts'

const barWidth = 24

/** The lines that show how far the tokens of a workflow are: one for all, one for each queue where something waits. */
export function progressLines(counts: readonly QueueCount[]): readonly string[] {
  const totals = totalsOf(counts)
  const busy = counts.filter((count) => count.role !== 'output' && livingIn(count) > 0)
  const width = Math.max(0, ...busy.map(({ queue }) => queue.length))
  return [overall(totals), ...busy.map((count) => `  ${count.queue.padEnd(width)}  ${sayCount(count)}`)]
}

function overall({ working, review, dead, finished }: Totals): string {
  const settled = finished + review + dead
  const all = settled + working
  const share = all === 0 ? 1 : settled / all
  return `${progressBar(share)}  ${finished} finished, ${review} in review, ${dead} dead, ${working} to do`
}

/** How far it is, from 0 to 1, as a bar and in per cent. */
export function progressBar(share: number): string {
  const filled = Math.floor(share * barWidth)
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${Math.floor(share * 100)}%`
}

function sayCount({ ready, leased, delayed, waiting, dead, paused }: QueueCount): string {
  const parts = [
    ready > 0 && `${ready} ready`,
    leased > 0 && `${leased} leased`,
    delayed > 0 && `${delayed} delayed`,
    waiting > 0 && `${waiting} waiting`,
    dead > 0 && `${dead} dead`,
    paused && 'paused',
  ]
  return parts.filter(Boolean).join(', ')
}
