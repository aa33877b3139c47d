// What a header can carry: the spaces around it would be lost.
const tokenPattern = /^[!-~\u00a1-\u00ff](?:[ -~\u00a0-\u00ff]*[!-~\u00a1-\u00ff])?$/

/** What is wrong with the `token` of `what`, without repeating it; undefined for none, or one that a request can carry. */
export function tokenFault(token: unknown, what: string): string | undefined {
  if (token === undefined) return
  if (token === '') return `The token of ${what} cannot be empty.`
  if (typeof token !== 'string') return `The token of ${what} is a text, and not ${kindOf(token)}.`
  if (tokenPattern.test(token)) return
  return `The token of ${what} has spaces or a line break around it, or characters that no request can carry.`
}

/** The type of `value`, as a sentence says it. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
