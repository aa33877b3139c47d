import type { Progress, Standing } from './house.ts'
import type { Key, TableName } from './tables.ts'

/** What a database that has to do with a move says of it, as its row has it. */
export interface HouseCells {
  readonly state: 'open' | 'moving' | 'moved' | 'filling'
  readonly move: string
  readonly partner: string
  readonly sentence: string
}

/** How a database that has our tables stands to moves; `house` is undefined if it has to do with none. */
export function standingFrom(house: HouseCells | undefined): Standing {
  if (!house || house.state === 'open') return { is: 'open', move: house?.move }
  return { is: house.state, move: house.move, partner: house.partner }
}

/** What nothing may be written for any more, as its sentence says; undefined if it may. */
export function closedBy(house: HouseCells | undefined): string | undefined {
  return house?.state === 'moving' || house?.state === 'moved' ? house.sentence : undefined
}

/** How far a table has come, as its row has it; some drivers give numbers as texts, and booleans as numbers. */
export interface ProgressCells {
  readonly name: TableName
  readonly copied: number | string
  readonly after: string | null
  readonly is_copied: boolean | number
  readonly hash: string | null
}

/** How far each table has come. */
export function progressFrom(rows: readonly ProgressCells[]): ReadonlyMap<TableName, Progress> {
  return new Map(
    rows.map(({ name, copied, after, is_copied, hash }) => [
      name,
      {
        copied: Number(copied),
        after: after === null ? undefined : (JSON.parse(after) as Key),
        isCopied: Boolean(is_copied),
        hash: hash ?? undefined,
      },
    ]),
  )
}
