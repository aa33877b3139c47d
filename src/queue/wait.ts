/** What a resting message waits for: as many letters of one of these names (100 at most) as it says. */
export interface Wait {
  readonly for: readonly {
    readonly name: string
    /** 1 by default. */
    readonly count?: number | undefined
  }[]
  /** Whether one letter with a failure is enough, and a child that is buried reports. */
  readonly failFast?: true | undefined
}

/** A wait that is not over. */
export interface Waiting {
  readonly for: readonly WaitingFor[]
  readonly failFast?: true | undefined
}

/** How many letters of a name a message waits for, and how many of them are not in its box yet. */
export interface WaitingFor {
  readonly name: string
  readonly count: number
  readonly missing: number
}
