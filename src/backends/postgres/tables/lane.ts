/** A lane of a queue with keys. */
export interface LaneRow {
  readonly ref: number
  readonly key: string
  readonly priority: number
}

/** The number that messages of a lane have. */
export function laneOf({ ref, key }: Pick<LaneRow, 'ref' | 'key'>): number {
  return key === '' ? 0 : ref
}
