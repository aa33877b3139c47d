/**
 * Thrown where something that was gathered for many requests is refused: the caller that triggered the write need not be
 * the one to blame, so the transaction is rolled back and run again, one request at a time.
 */
export class RunAgain extends Error {
  constructor() {
    super('The transaction has to be run again, one request at a time.')
  }
}
