/** The names of all our tables, sequences, indexes and functions begin so. One that begins a name in double quotes is a choice of a user. */
const ours = /(?<!")\bpw_[a-z_]+/g

/** `sql` with our names in a schema: the connection may be the user's, or a pooler's, so its search path is not ours. */
export function qualify(schema: string, sql: string): string {
  return sql.replace(ours, `${quoted(schema)}.$&`)
}

/** A name in double quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as an expression in which `qualify` finds none of our names: in single quotes, as the standard has it. */
export function literal(text: string): string {
  const quotes = `'${text.replaceAll("'", "''")}'`
  return quotes.includes('pw_') ? `(${quotes.replaceAll('pw_', `pw' || '_`)})` : quotes
}
