import pg from 'pg'

const { builtins } = pg.types
const textArray = 1009
const numbers = new Set<number>([
  builtins.INT2,
  builtins.INT4,
  builtins.INT8,
  builtins.FLOAT4,
  builtins.FLOAT8,
])
const arraysOfNumbers = new Set([1005, 1007, 1016, 1022])

/**
 * How cells become values, whatever the user has set for the whole process: numbers as numbers, those of 64 bits too, since none of
 * ours is larger than what JavaScript has.
 */
export const ownTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (cell: never) => unknown {
    if (numbers.has(oid)) return Number
    if (oid === builtins.BOOL) return isTrue
    if (arraysOfNumbers.has(oid)) return numbersIn
    if (oid === textArray)
      return pg.types.getTypeParser(textArray as never, 'text') as (cell: never) => unknown
    return format === 'binary' ? asIs : String
  },
}

function isTrue(cell: string): boolean {
  return cell === 't'
}

function numbersIn(cell: string): readonly number[] {
  return cell === '{}' ? [] : cell.slice(1, -1).split(',').map(Number)
}

function asIs(cell: unknown): unknown {
  return cell
}
