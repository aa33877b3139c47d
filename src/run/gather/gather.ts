import type { Opened } from '../../queue/lens.ts'
import type { Runtime } from '../runtime.ts'
import type { Rest, RestingAttempt } from '../work/rest.ts'
import type { Gathering } from './gathering.ts'
import { GatheringStay } from './gathering-stay.ts'

/*
 * How a token is split and joined. Its message stays in the queue of the join. An attempt lets children enter, up to 500 in a
 * commit, each commit with a record of the stay that says how many there are by then: so whenever a process dies, the next
 * attempt goes on with the child after the last, and no child enters twice. Then the message rests until as many letters have
 * come as it waits for: all of them, or, where only so many children may be on their way at once, some. When all have
 * come, it is joined in an ordinary hop. The letters stay in the box until that: a join that fails is tried again.
 *
 * Letters are looked at only as far as they are new, the record says up to where: so what an attempt costs does not grow with
 * the number of children.
 */

/** Works on a message of the join for one attempt. Resolves with the joined value, or with how it rests. */
export async function gather<In, Out>(
  gathering: Gathering<In, Out>,
  attempt: RestingAttempt<In, Out>,
  { value }: Opened<In>,
  runtime: Runtime,
): Promise<Out | Rest> {
  const stay = new GatheringStay(gathering, attempt, runtime)
  await stay.look()
  await stay.send(value)
  return stay.isComplete ? gathering.join(value, stay.results(), stay.token) : stay.rest()
}
