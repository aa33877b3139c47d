import { createHash } from 'node:crypto'

const plain = /^[a-z][a-z0-9_]{0,62}$/

/** Words that a view cannot be called without quotes, and the names of the other views. */
const reserved = new Set(
  `abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade
  case cast check collate column commit conflict constraint create cross current current_date current_time
  current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape
  except exclude exclusive exists explain fail filter first following for foreign from full generated glob group
  groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join
  key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order
  others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex
  release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then
  ties to transaction trigger unbounded union unique update using vacuum values view virtual when where window with
  within without history inboxes letters marks messages meters processes queues records steps tokens`.split(
    /\s+/,
  ),
)

/**
 * The name of a queue's view in SQL: the queue's own name if that can be typed without quotes (`books/decrypt` is
 * `books_decrypt`), else a hash of it, as when the name is long, reserved, or `taken` by another queue. The hash may
 * be taken too: a renamed queue keeps its view, and another may have its old name since.
 */
export function viewName(queue: string, taken: (name: string) => boolean): string {
  const name = queue.toLowerCase().replaceAll(/[/.: -]/g, '_')
  const odd = !plain.test(name) || reserved.has(name) || /^(pw|sqlite|q)_/.test(name)
  if (!odd && !taken(name)) return name
  for (let salt = ''; ; salt += '\0') {
    const hashed = `q_${createHash('sha256')
      .update(queue + salt)
      .digest('hex')
      .slice(0, 16)}`
    if (!taken(hashed)) return hashed
  }
}
