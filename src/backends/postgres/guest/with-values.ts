/** A statement of ours with its values in place of `$1`, `$2` and so on, each as a text whose type is found out as that of a parameter is. */
export function withValues(sql: string, values: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, place: string) => sayValue(values[Number(place) - 1]))
}

function sayValue(value: unknown): string {
  return value === null || value === undefined ? 'null' : quote(sayText(value))
}

function sayText(value: unknown): string {
  if (!Array.isArray(value)) return withoutNul(String(value))
  const items = value.map((item: unknown) =>
    item === null || item === undefined
      ? 'NULL'
      : `"${withoutNul(String(item)).replaceAll(/["\\]/g, '\\$&')}"`,
  )
  return `{${items.join(',')}}`
}

// The connection is the caller's, which may have set that a backslash escapes in every text.
function quote(text: string): string {
  const quoted = text.replaceAll("'", "''")
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`
}

// No text of Postgres has one.
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\ufffd')
}
