/** The idempotency key of one stay of a token. */
export function stayKeyOf({ id, hop }: { readonly id: string; readonly hop: number }): string {
  return `${id}:${hop}`
}

/** The idempotency key of a token for the stage behind `queue`. No stay's key looks like it: no queue's name ends with a colon and a number. */
export function stageKeyOf(queue: string, id: string): string {
  return `${id}@${queue}`
}
