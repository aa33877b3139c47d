import { createHash } from 'node:crypto'
import type { ClientBase } from 'pg'
import { answerMs } from './patience.ts'
import { ownTypes } from './pg-types.ts'
import { qualify } from './qualify.ts'

interface Statement {
  readonly name: string | undefined
  readonly text: string
}

/** What `pw_apply` is given. */
export interface Taken {
  /** In JSON. */
  readonly document: string
  /** The rows of counts that it changes. */
  readonly slot: number
}

/** What a transaction ends with. */
interface Last {
  readonly taken: Taken | undefined
  readonly recording: string
}

/** Our statements in a schema, each prepared once in a connection where that is allowed. */
export class Statements {
  readonly schema: string
  readonly #prepares: boolean
  readonly #known = new Map<string, Statement>()

  constructor(schema: string, prepares: boolean) {
    this.schema = schema
    this.#prepares = prepares
  }

  /** Runs one statement on `client` and resolves with its rows; rejects if there is no answer within `withinMs`. */
  async rows<Row extends object>(
    client: ClientBase,
    sql: string,
    values: readonly unknown[],
    withinMs = answerMs,
  ): Promise<readonly Row[]> {
    const { name, text } = this.#of(sql)
    const { rows } = await client.query<Row>({
      name,
      text,
      values: values.map(cellOf),
      types: ownTypes,
      query_timeout: withinMs,
    } as never)
    return rows
  }

  /** Runs statements without values in one round trip, and resolves with the rows of the last; rejects as `rows` does. */
  async run<Row extends object>(
    client: ClientBase,
    sql: string,
    withinMs = answerMs,
  ): Promise<readonly Row[]> {
    const text = qualify(this.schema, sql)
    const results = await client.query({ text, types: ownTypes, query_timeout: withinMs } as never)
    const last = ([results].flat() as unknown as { rows: Row[] }[]).at(-1)!
    return last.rows
  }

  /** Writes what was `taken`, runs the statement `recording`, and commits, in one round trip; rejects as `rows` does. */
  async commit(client: ClientBase, { taken, recording }: Last, withinMs: number): Promise<void> {
    const apply =
      taken && `select ${this.qualified('pw_apply')}(${escaped(taken.document)}::json, ${taken.slot})`
    const text = [apply, this.qualified(recording), 'commit'].filter(Boolean).join('; ')
    await client.query({ text, query_timeout: withinMs } as never)
  }

  /** A text with our names as they are in statements. */
  qualified(sql: string): string {
    return qualify(this.schema, sql)
  }

  #of(sql: string): Statement {
    const known = this.#known.get(sql)
    if (known) return known
    const text = qualify(this.schema, sql)
    const name = this.#prepares
      ? `pw_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
      : undefined
    const statement = { name, text }
    this.#known.set(sql, statement)
    return statement
  }
}

// As pg's `escapeLiteral`, which goes character by character.
function escaped(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** No text of Postgres has a NUL: only what people write, such as a reason, may bring one, and it means nothing there. */
function cellOf(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value
}
