/** One system under the same load: tokens through a chain of stages that do nothing, or wait a little. */
export interface Peer {
  /** How it makes its work survive. */
  readonly durability: string
  /** Puts tokens in front of the first stage. */
  readonly push: (ids: readonly string[]) => Promise<void>
  readonly start: () => Promise<void>
  /** Resolves when `count` tokens have arrived behind the last stage for good. */
  readonly settled?: (count: number, everyMs?: number) => Promise<void>
  /** How many hops the tokens have before them that are on their way. */
  readonly hopsLeft?: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** What a run of the chain is made of. */
export interface ChainSetup {
  readonly folder: string
  readonly hops: number
  readonly concurrency: number
  /** Called when a token has passed the last stage. */
  readonly done: (id: string) => void
  /** What a stage does with its time. */
  readonly work: () => Promise<void> | undefined
  readonly payload: (id: string) => Payload
}

/** What each token carries. */
interface Payload {
  readonly barcode: string
  readonly processing_bucket: string
  readonly done_bucket: string
  readonly note: string
}
