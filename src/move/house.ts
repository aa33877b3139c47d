import type { Page } from './page.ts'
import type { Key, Table, TableName } from './tables.ts'

/** How a database stands to moves. */
export type Standing =
  /** Nothing of Pipewright is there. */
  | { readonly is: 'absent' }
  /** It is in use. `move` is the one that has filled it, if one has. */
  | { readonly is: 'open'; readonly move: string | undefined }
  /** A source that is closed until the move is over or cancelled, or for good; a target that is being filled. */
  | ({ readonly is: 'moving' | 'moved' | 'filling' } & Move)

/** A move, as one of the two databases knows it. */
export interface Move {
  /** A random text, the same on both sides. */
  readonly move: string
  /** Where the other one is, without a password. */
  readonly partner: string
}

/** The clocks of a database, in milliseconds: since 1970, and the one that leases count. */
export interface Clocks {
  readonly now: number
  readonly elapsed: number
}

/** Which rows of a table: those with keys after `after`, up to `upTo`. */
export interface Part {
  readonly after: Key | undefined
  readonly upTo?: Key | undefined
  /** So many at most; a page may have fewer if they are large. */
  readonly limit: number
  /** So many bytes at most, but one row in any case. */
  readonly bytes: number
}

/** The highest numbers that were ever given. */
export interface Numbers {
  readonly token: number
  readonly line: number
  readonly letter: number
  readonly step: number
  readonly revision: number
  readonly turn: number
}

/** How far a table has come. */
export interface Progress {
  /** So many of its rows are there. */
  readonly copied: number
  /** The key of the last of them. */
  readonly after: Key | undefined
  readonly isCopied: boolean
  /** The hash of its rows, the same on both sides; undefined until that is known. */
  readonly hash: string | undefined
}

/** A database as a move sees it. All of it rejects with a `BackendError` if the database cannot be reached or refuses. */
export interface House {
  /** Where it is, for sentences: without a password. */
  readonly where: string
  /** The tables that it can hold. */
  readonly holds: ReadonlySet<TableName>
  /** Whether its texts may have a NUL. */
  readonly keepsNul: boolean
  /** Whether a column for whole numbers may have one that JavaScript has not, by an edit by hand. */
  readonly hasAnyNumber: boolean
  standing(): Promise<Standing>
  clocks(): Promise<Clocks>
  /** Rows in the order of their keys, by their bytes. */
  read(table: Table, part: Part): Promise<Page>
  /** How many rows a table has. */
  count(table: Table): Promise<number>
  /** Closes the connection. */
  end(): Promise<void>
}

/** A database that is left. */
export interface Source extends House {
  /** Closes it to all writes, in one commit. Rejects if it is not open. */
  close(move: Move): Promise<void>
  /** The same for good. Rejects if it is not moving by this move. */
  closeForGood(move: Move): Promise<void>
  /** Opens it again. Rejects if it is not moving by this move. */
  reopen(move: Move): Promise<void>
  numbers(): Promise<Numbers>
  /** When the oldest line of its history was written, in milliseconds since 1970; undefined if there is none. */
  beginning(): Promise<number | undefined>
}

/** What a target is made with. */
export interface Founding extends Move {
  /** What is added to the ends of leases, in milliseconds. */
  readonly shiftMs: number
  /** When the oldest line of the history was written. */
  readonly beginning: number | undefined
}

/** A page that was written. */
export interface WrittenPage {
  /** The key of its last row. */
  readonly upTo: Key
  readonly rows: number
  /** The hash that it had in the source. */
  readonly hash: string
}

/** A database that is filled. */
export interface Target extends House {
  /** Makes it with all of its tables, filling. Rejects if anything of Pipewright is there. */
  found(founding: Founding): Promise<void>
  /** What it was made with. */
  shiftMs(): Promise<number>
  progress(): Promise<ReadonlyMap<TableName, Progress>>
  /**
   * Writes a page, its hash, and how far the table has come, in one commit; an empty page says that no more comes. `before` is how far it
   * had come. Rejects if another mover was faster.
   */
  write(move: string, page: Page, before: Progress): Promise<Progress>
  /** The pages of a table that were written, in their order. */
  pages(table: Table): Promise<readonly WrittenPage[]>
  /** Makes what is not a row: views, and the numbers that come next. Rejects if what it keeps beside its rows is not right. */
  settle(move: string, numbers: Numbers): Promise<void>
  /** Remembers that a table was compared. */
  checked(move: string, table: Table, hash: string): Promise<void>
  /** Opens it, with a line in the history, in one commit. */
  open(move: string, numbers: Numbers): Promise<void>
  /** Drops all that is there. */
  raze(move: string): Promise<void>
}
