import { utc } from '../../queue/utc.ts'

/** A gate at which work waits lets nothing pass: that is no fault of the message. */
export class GateShutError extends Error {
  override readonly name = 'GateShutError'
  readonly gate: string
  /** For how many more milliseconds; undefined if that is not known. */
  readonly forMs: number | undefined

  constructor(message: string, gate: string, forMs?: number) {
    super(message)
    this.gate = gate
    this.forMs = forMs
    made.add(this)
  }
}

const made = new WeakSet<object>()

/** Why work ends before its time is over: the gate stays shut until `againAt`. */
export function shutForLonger(gate: string, againAt: number, now: number): GateShutError {
  const message = `Gate "${gate}" lets nothing pass until ${utc(againAt)}, longer than the work may take.`
  return new GateShutError(message, gate, againAt - now)
}

/** Why work ends whose time is over, some of which it has waited at a gate that was shut. */
export function shutMeanwhile(gate: string): GateShutError {
  const message = `Its time is over, and in some of it gate "${gate}", at which it waited, let nothing pass.`
  return new GateShutError(message, gate)
}

/** Whether it says that a gate was shut. Asks nothing of what was thrown, which may be anything. */
export function isGateShut(error: unknown): error is GateShutError {
  return made.has(error as object)
}
