import type { Client, Connection, Submittable } from 'pg'

/*
 * COPY in the text format: https://www.postgresql.org/docs/current/sql-copy.html. The package `pg` has no more of it than the
 * messages; a query of our own is called with them.
 */

interface Wire extends Connection {
  query(text: string): void
  sync(): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** Runs a `copy ... to stdout`; resolves with what it gives. */
export function copyOut(client: Client, sql: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.query(new Copy(sql, { chunk: undefined, resolve, reject }))
  })
}

/** Runs a `copy ... from stdin` with `chunk`. */
export function copyIn(client: Client, sql: string, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(new Copy(sql, { chunk, resolve: () => resolve(), reject }))
  })
}

interface Copying {
  /** What is sent; undefined for what is read. */
  readonly chunk: Buffer | undefined
  readonly resolve: (read: Buffer) => void
  readonly reject: (error: Error) => void
}

/** The methods have the names by which the client calls them. */
class Copy implements Submittable {
  readonly #sql: string
  readonly #copying: Copying
  readonly #read: Buffer[] = []
  #error: Error | undefined

  constructor(sql: string, copying: Copying) {
    this.#sql = sql
    this.#copying = copying
  }

  submit(connection: Connection): void {
    ;(connection as Wire).query(this.#sql)
  }

  handleCopyInResponse(connection: Wire): void {
    const { chunk } = this.#copying
    if (!chunk) return connection.sendCopyFail('Nothing was to be sent.')
    connection.sendCopyFromChunk(chunk)
    connection.endCopyFrom()
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    // The buffer that it is in is used again.
    this.#read.push(Buffer.from(chunk))
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.#error) this.#copying.reject(this.#error)
    else this.#copying.resolve(Buffer.concat(this.#read))
  }

  handleError(error: Error): void {
    this.#error = error
    this.#copying.reject(error)
  }
}
