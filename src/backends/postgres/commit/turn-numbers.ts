/** Numbers the transactions of a process. */
export class TurnNumbers {
  #last = 0

  next(): number {
    return ++this.#last
  }
}
