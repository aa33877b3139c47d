import { hidePasswords, shorten } from '../../queue/hide-passwords.ts'
import type { Json } from '../../schema/json.ts'

const maxTextLength = 1000
const maxRecordLength = 10_000

/**
 * What the history keeps of a decision: its fields as plain JSON, 10,000 characters at the most. Texts over 1,000
 * characters are cut, of anything else that is as long only the length is told, and passwords of URLs are left out.
 * Undefined if the decision has no fields.
 */
export function recordOf({ decision: _, ...fields }: { readonly decision: string }): Json {
  const kept: [string, Json][] = []
  let left = maxRecordLength
  for (const [name, value] of Object.entries(fields)) {
    const told = plain(value)
    if (told === undefined) continue
    left -= JSON.stringify([name, told]).length
    if (left < 0) {
      kept.push(['...', 'and more that is too long to be kept'])
      break
    }
    kept.push([name, told])
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** `value` as JSON has it, or how long that would be. */
function plain(value: unknown): Json {
  if (typeof value === 'string') return shorten(value, maxTextLength)
  try {
    const text = JSON.stringify(value, (_, part) => {
      if (typeof part === 'string') return hidePasswords(part)
      return typeof part === 'bigint' ? String(part) : part
    })
    if (text === undefined) return undefined
    return text.length <= maxTextLength ? JSON.parse(text) : `(${text.length} characters of JSON)`
  } catch {
    return '(not JSON)'
  }
}
