/** With what each request to GRIN is made. */
export interface Asking {
  /** Resolves when one more request may be made: the gate of all that ask GRIN, in all processes together. */
  readonly pass: () => Promise<void>
  readonly signal: AbortSignal
}
