/** Throws a sentence if `by` has had a hand in the invoice: no person approves their own work. */
export function refuseHands(hands: readonly string[], by: string): void {
  const name = plain(by)
  if (!hands.some((hand) => plain(hand) === name)) return
  throw new Error(`${by} has entered or corrected this invoice; another person has to approve it.`)
}

function plain(name: string): string {
  return name.trim().toLowerCase()
}
