/** For now nothing of this kind can be done: all books that need it wait at the gate, and none is charged for that. */
export class GateClosed extends Error {
  readonly closeGate: { readonly name: string; readonly forMs: number; readonly reason: string }

  constructor(gate: string, forMs: number, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.closeGate = { name: gate, forMs, reason }
  }
}
