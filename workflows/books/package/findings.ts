import { createHash } from 'node:crypto'
import { appendFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { Defect } from '../defect.ts'

/** How many a task shows. */
const maxShown = 20
const flushChars = 2 ** 16

/** What the checks of a package find. */
export interface Findings {
  readonly report: (defect: Defect) => void
  /** How many there are. */
  readonly count: () => number
  /** All of them as one defect: the first, the sentences of up to 20, and where all are if there are more. */
  readonly summary: () => Defect
}

/**
 * Collects findings. There may be as many as an archive has lines: those that a task does not show are kept in no memory,
 * but written to the file `list`, if one is named, a line each. Their digest is in the summary, so that a person who accepts
 * it accepts all of them, and no others.
 */
export function makeFindings(list?: string): Findings {
  const digest = createHash('sha256')
  const shown: Defect[] = []
  let count = 0
  let waiting = ''
  if (list !== undefined) rmSync(list, { force: true })

  function report(defect: Defect): void {
    const line = `${lineOf(defect)}\n`
    digest.update(line)
    waiting += line
    if (++count <= maxShown) shown.push(defect)
    else if (waiting.length > flushChars) flush()
  }

  function flush(): void {
    if (list !== undefined) appendFileSync(list, waiting, { mode: 0o600 })
    waiting = ''
  }

  function summary(): Defect {
    const [first] = shown as [Defect, ...Defect[]]
    if (count === 1) return first
    const rest = count === 2 ? '1 more defect' : `${count - 1} more defects`
    const { detail: _, ...details } = first.details
    const detail = [...shown.map(lineOf), ...where()].join('\n')
    return new Defect(first.kind, `${first.message} (And ${rest}.)`, { ...details, detail })
  }

  /** Where all of them are, if not all are shown. */
  function where(): readonly string[] {
    if (count <= maxShown) return []
    flush()
    const place = list === undefined ? '' : `; all are in ${basename(list)} in the folder of the book`
    return [`These are ${maxShown} of ${count}${place} (sha256 ${digest.copy().digest('hex')}).`]
  }

  return { report, count: () => count, summary }
}

function lineOf({ kind, message }: Defect): string {
  return `${kind}: ${message.replaceAll(/[\r\n]+/g, ' ')}`
}
