import type { GateRecord } from '../../../queue/rules/gate-record.ts'
import type { Count } from '../../../queue/rules/rest.ts'
import type { KeptRecord } from '../../../queue/rules/world.ts'
import type { TokenState } from './token-state.ts'

/** A letter that is in a box. */
export interface FoundLetter {
  readonly name: string
  /** 0 for one that hops with its token. */
  readonly hop: number
  readonly isFailure: boolean
}

/** A gate that tokens hold units at. */
export interface Hold {
  readonly gate: number
  readonly units: number
}

/** Numbers that were drawn from sequences and are not given yet. */
export interface Drawn {
  readonly tokens: number[]
  readonly revisions: number[]
}

/**
 * What a transaction has read, and locked where others might change it. Null, or false, where it is known that there is nothing.
 * Keys of maps are those of `needKey`, but for tokens, ids and gates.
 */
export class Fetched {
  readonly drawn: Drawn
  readonly ids = new Map<string, number | null>()
  readonly tokens = new Map<number, TokenState>()
  readonly holds = new Map<number, readonly Hold[]>()
  readonly records = new Map<string, KeptRecord | null>()
  /** Those of which there is no row that could be locked: another transaction may make one meanwhile. */
  readonly rowless = new Set<string>()
  readonly gates = new Map<number, GateRecord>()
  readonly gateRefs = new Map<string, number | null>()
  /** The gates that have let more through than their pace allows, by name. */
  readonly owing = new Map<string, readonly number[]>()
  readonly lanes = new Map<string, number>()
  /** The tokens that are leased in a queue. */
  readonly leased = new Map<number, readonly number[]>()
  readonly counts = new Map<string, ReadonlyMap<string, Count>>()
  readonly letters = new Map<string, FoundLetter | null>()
  readonly keys = new Map<string, boolean>()
  readonly steps = new Map<string, boolean>()
  readonly debtors = new Map<string, readonly number[]>()
  readonly dead = new Map<string, readonly number[]>()

  constructor(drawn: Drawn = { tokens: [], revisions: [] }) {
    this.drawn = drawn
  }
}

/** What distinguishes gates. */
export function gateKey(name: string, key: string): string {
  return `${name}\0${key}`
}

/** What distinguishes letters. */
export function letterKey(token: number, seq: number): string {
  return `${token} ${seq}`
}
