import type { Cause, Fault } from './change.ts'
import { faultOf } from './fault.ts'

/** One error in one line: `TypeError: fetch failed`, with its code where the line does not say it. */
export function sayCause({ name, message, code }: Cause): string {
  const said = message === '' ? name : `${name}: ${message}`
  return code === undefined || said.includes(code) ? said : `${said} (${code})`
}

/** The class and the message of anything that was thrown, in one line for a log. */
export function sayBriefly(error: unknown): string {
  const { name, message } = faultOf(error)
  return sayCause({ name, message })
}

/** All that is known of a fault, in lines for programmers: each error, and where it came from. */
export function sayFault({ causes = [], ...fault }: Fault): string {
  const places = ({ stack }: Cause) => stack?.split('\n').map((place) => `  ${place}`) ?? []
  const behind = causes.flatMap((cause) => [`caused by ${sayCause(cause)}`, ...places(cause)])
  return [sayCause(fault), ...places(fault), ...behind].join('\n')
}
