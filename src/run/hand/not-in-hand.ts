import { LeaseLostError } from '../../queue/errors.ts'

/** Why an answer is refused: its message was not read here, has lost its lease, or cannot be distinguished from another. */
type NotInHand = 'unread' | 'lost' | 'uncertain'

/** The refusal of an answer to the token `id` of `queue`. */
export function notInHand(why: NotInHand, { queue, id }: { queue: string; id: string }): LeaseLostError {
  return new LeaseLostError(sayWhy(why, `token "${id}" in queue "${queue}"`), { queue, id })
}

function sayWhy(why: NotInHand, token: string): string {
  switch (why) {
    case 'uncertain':
      return `T${token.slice(1)} was read twice here, and the first lease was lost: answer by the message that was read, not by its id.`
    case 'lost':
      return `The lease on ${token} is gone; the answer was refused.`
    case 'unread':
      return `No lease on ${token} is held here: read it first.`
  }
}
