import { randomUUID } from 'node:crypto'
import { ConflictError, InvalidError } from '../queue/errors.ts'
import { compare } from './compare.ts'
import { type Both, copy } from './copy.ts'
import type { Clocks, Source, Standing, Target } from './house.ts'
import { sayFilling, sayMoved } from './say.ts'
import { type TableName, tables } from './tables.ts'

/** What is said while queues are moved. */
export interface MovingOptions {
  /** Called with what is done now, and how much of it is done, from 0 to 1. */
  readonly onProgress?: ((said: MovingProgress) => void) | undefined
  /** Called with what an operator should know; one sentence each time. */
  readonly onWarning?: ((message: string) => void) | undefined
}

/** How far a move has come. */
export interface MovingProgress {
  readonly step: 'copying' | 'checking'
  readonly table: TableName
  /** Of all rows. */
  readonly share: number
}

/** What a move has come to. */
export interface Moved {
  readonly from: string
  readonly to: string
  /** Of each table how many rows there are, and their hash (SHA-256). */
  readonly tables: Readonly<Partial<Record<TableName, { readonly rows: number; readonly hash: string }>>>
  /** Whether an earlier run has finished it, so that nothing was left to do. */
  readonly wasDone: boolean
}

/**
 * Moves all queues from `source` to `target`, or goes on with that: the README of the sources has the steps. Rejects with a
 * `ConflictError` if one of them is of another move, or the target is not empty; with an `InvalidError` if the target cannot hold what
 * the source has; and with a `BackendError` if a database fails, or a row has not come over as it was.
 */
export async function moveHouse(
  source: Source,
  target: Target,
  { onProgress = () => {}, onWarning = () => {} }: MovingOptions = {},
): Promise<Moved> {
  const move = await begin(source, target, onWarning)
  const { move: id } = move
  if ((await target.standing()).is !== 'open') {
    const wasMoved = (await source.standing()).is === 'moved'
    if (!wasMoved) {
      await refuseUnheld(source, target, id)
      await fill(source, target, id, onProgress)
      await source.closeForGood({ move: id, partner: target.where })
    }
    await target.open(id, await source.numbers())
    return { ...(await outcome(source, target)), wasDone: false }
  }
  return { ...(await outcome(source, target)), wasDone: true }
}

async function outcome(source: Source, target: Target): Promise<Omit<Moved, 'wasDone'>> {
  const progress = await target.progress()
  return {
    ...{ from: source.where, to: target.where },
    tables: Object.fromEntries(
      [...progress].map(([name, { copied, hash = '' }]) => [name, { rows: copied, hash }]),
    ),
  }
}

/** Brings both into a state from which the rows can be copied, or are. */
async function begin(
  source: Source,
  target: Target,
  onWarning: (message: string) => void,
): Promise<{ readonly move: string }> {
  const [from, to] = [await source.standing(), await target.standing()]
  if (from.is === 'absent') throw new InvalidError(`There are no queues in ${source.where}.`)
  if (from.is === 'filling') throw new ConflictError(sayFilling(source.where, from.partner))
  if (from.is === 'open') return found(source, target, { to, onWarning })
  if (to.is !== 'absent' && 'move' in to && to.move === from.move) return from
  if (from.is === 'moved') throw new ConflictError(sayMoved(source.where, from.partner))
  // What is there for another move of the same queues was overtaken by this one, before it had begun.
  const isStale = to.is === 'filling' && to.partner === source.where
  if ((to.is === 'absent' || isStale) && from.partner === target.where) {
    if (isStale) await target.raze(to.move)
    await foundFor(source, target, from.move)
    return from
  }
  throw new ConflictError(
    `The queues in ${source.where} are being moved to ${from.partner}, not to ${target.where}; go on with that, or cancel it with \`pipewright move-to ${from.partner} --cancel\`.`,
  )
}

async function found(
  source: Source,
  target: Target,
  { to, onWarning }: { readonly to: Standing; readonly onWarning: (message: string) => void },
): Promise<{ readonly move: string }> {
  if (to.is === 'filling' && to.partner === source.where) await target.raze(to.move)
  else if (to.is !== 'absent') throw new ConflictError(sayTaken(target.where, to))
  sayClocks({ source, target }, await source.clocks(), await target.clocks(), onWarning)
  const move = randomUUID()
  await foundFor(source, target, move)
  await source.close({ move, partner: target.where })
  return { move }
}

function sayTaken(where: string, to: Standing): string {
  if (to.is === 'filling') return sayFilling(where, to.partner)
  if (to.is === 'moved' || to.is === 'moving')
    return `${where} has queues that were moved to ${to.partner}; name a database that is empty.`
  return `${where} is not empty: Pipewright has tables there. Name a database, a file or a schema that has none; nothing was changed.`
}

const clocksApartMs = 5000

function sayClocks(
  { source, target }: { readonly source: Source; readonly target: Target },
  from: Clocks,
  to: Clocks,
  onWarning: (message: string) => void,
): void {
  const apart = to.now - from.now
  if (Math.abs(apart) <= clocksApartMs) return
  const seconds = Math.round(Math.abs(apart) / 1000)
  onWarning(
    `The clock of ${target.where} is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} that of ${source.where}; what is delayed comes so much ${apart > 0 ? 'earlier' : 'later'}.`,
  )
}

async function foundFor(source: Source, target: Target, move: string): Promise<void> {
  const [{ elapsed: from }, { elapsed: to }] = [await source.clocks(), await target.clocks()]
  await target.found({
    ...{ move, partner: source.where, shiftMs: Math.round(to - from) },
    beginning: await source.beginning(),
  })
}

// Asked when nothing can come any more.
async function refuseUnheld(source: Source, target: Target, move: string): Promise<void> {
  for (const table of tables) {
    if (!source.holds.has(table.name) || target.holds.has(table.name)) continue
    const rows = await source.count(table)
    if (rows === 0) continue
    await target.raze(move)
    await source.reopen({ move, partner: target.where })
    throw new InvalidError(
      `The inboxes of ${source.where} have ${rows} ${rows === 1 ? 'entry' : 'entries'}, and ${target.where} has no inboxes. Let the workers take in what waits there, and \`pipewright retry\` or \`pipewright cancel\` what was refused; then move again. The queues are open as before.`,
    )
  }
}

async function fill(
  source: Source,
  target: Target,
  move: string,
  onProgress: (said: MovingProgress) => void,
): Promise<void> {
  const terms = { shiftMs: await target.shiftMs(), source, target }
  const wanted = tables.filter(({ name }) => source.holds.has(name) && target.holds.has(name))
  const counts = new Map<TableName, number>()
  for (const table of wanted) counts.set(table.name, await source.count(table))
  const all = Math.max(
    1,
    [...counts.values()].reduce((sum, rows) => sum + rows, 0),
  )
  const step = (name: 'copying' | 'checking') => {
    let gone = 0
    return (table: TableName): Both => ({
      ...{ source, target, move, terms },
      onRows(rows) {
        gone += rows
        onProgress({ step: name, table, share: Math.min(1, gone / all) })
      },
    })
  }
  const copying = step('copying')
  const begun = await target.progress()
  for (const table of wanted) {
    const progress = begun.get(table.name) ?? none
    const both = copying(table.name)
    both.onRows(progress.copied)
    await copy(table, both, progress)
  }
  await target.settle(move, await source.numbers())
  const checking = step('checking')
  for (const table of wanted) {
    const both = checking(table.name)
    if (begun.get(table.name)?.hash !== undefined) both.onRows(counts.get(table.name)!)
    else await target.checked(move, table, await compare(table, both))
  }
}

const none = { copied: 0, after: undefined, isCopied: false, hash: undefined }

/**
 * Gives a move up, and opens the source again. Rejects with a `ConflictError` if it is not being moved, or closed for good. `target` is
 * undefined where it cannot be reached: what is there then stays, and never opens.
 */
export async function cancelMove(source: Source, target: Target | undefined): Promise<void> {
  const from = await source.standing()
  if (from.is === 'moved')
    throw new ConflictError(
      `The move cannot be cancelled: ${sayMoved(source.where, from.partner)} To go back, move them back.`,
    )
  if (from.is === 'filling') throw new ConflictError(sayFilling(source.where, from.partner))
  if (from.is === 'absent') throw new InvalidError(`There are no queues in ${source.where}.`)
  const to = await target?.standing()
  const isOwn =
    to?.is === 'filling' && (from.is === 'moving' ? to.move === from.move : to.partner === source.where)
  if (from.is === 'open' && !isOwn)
    throw new ConflictError(`The queues in ${source.where} are not being moved.`)
  if (isOwn) await target!.raze(to.move)
  if (from.is === 'moving') await source.reopen(from)
}
