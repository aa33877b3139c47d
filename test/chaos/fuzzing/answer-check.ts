import * as z from 'zod'
import type { Documented, JsonSchema } from './documented.ts'
import { leaksIn } from './leaks.ts'

const checks = new Map<string, z.ZodType>()

/** Throws unless an answer of `route` is none of a broken server, gives nothing away, and is what the document says. */
export function checkAnswer(route: Documented, status: number, text: string): void {
  const said = `answered ${status} ${text.slice(0, 300)}`
  if (status < 200 || status >= 500) throw new Error(said)
  const leaks = leaksIn(text)
  if (leaks.length > 0) throw new Error(`${said}, which shows ${leaks.join(', ')}`)
  const schema = route.answer(status)
  if (!schema) throw new Error(`${said}, which is not documented`)
  const { error } = checkOf(schema).safeParse(JSON.parse(text))
  if (error) throw new Error(`${said}, which is not what is documented: ${error.message}`)
}

function checkOf(schema: JsonSchema): z.ZodType {
  const key = JSON.stringify(schema)
  const check = checks.get(key) ?? z.fromJSONSchema(schema)
  checks.set(key, check)
  return check
}
