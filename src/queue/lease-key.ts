/** A lease as the table knows it: its token, and the numbers of the fence. */
export interface LeaseKey {
  readonly token: number
  readonly hop: number
  readonly lease: number
}
