import { escapeControls } from '../../app/escape-controls.ts'

/** Rows of cells as aligned text; numbers stand to the right. The first row is the heading. */
export function table(rows: readonly (readonly unknown[])[]): string {
  const texts = rows.map((row) => row.map((cell) => escapeControls(sayCell(cell))))
  const widths = (texts[0] ?? []).map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)))
  const isNumeric = widths.map((_, i) => rows.slice(1).some((row) => typeof row[i] === 'number'))
  return texts
    .map((row) =>
      row
        .map((text, i) => (isNumeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function sayCell(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}
