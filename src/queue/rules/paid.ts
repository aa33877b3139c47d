/** Units, by the names of gates. */
export type Tolls = Readonly<Record<string, number>>

/** What a lease has paid at a gate. */
export interface Paid {
  /** The number of the gate. */
  readonly gate: number
  readonly units: number
}
