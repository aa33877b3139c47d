import type { Beginning } from '../server/database.ts'
import type { Fetched } from './fetched.ts'
import type { Needs } from './needs.ts'

/** What is read for, and what with. */
export interface Reading {
  readonly session: Beginning
  readonly fetched: Fetched
  readonly needs: Needs
  /** How rows are locked that others might change. */
  readonly lock: string
  /** Whether no other transaction changes gates or lanes of a zone meanwhile. */
  readonly hasZone: (zone: string) => boolean
}
