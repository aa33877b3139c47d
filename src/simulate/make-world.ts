import { memory } from '../backends/memory.ts'
import { layOut } from '../pipeline/lay-out.ts'
import { makeQueues } from '../pipeline/make-queues.ts'
import { randomFor } from '../testing/backend-model/random.ts'
import type { FakeClock } from '../testing/fake-clock.ts'
import type { People } from './people.ts'
import type { ProcessClock } from './process-clock.ts'
import type { RunOptions } from './run-options.ts'
import type { World } from './simulated-process.ts'
import { Tokens } from './tokens.ts'

interface At {
  readonly name: string
  readonly clock: FakeClock
  readonly handlerClock: ProcessClock
}

/** Opens the backend of a run, with the ledger of its tokens. */
export async function openTokens(
  { backend = (clock) => memory({ clock }), pipeline }: RunOptions,
  people: People,
  { name, clock }: At,
): Promise<Tokens> {
  const late = new Set(layOut(pipeline, name).late.map(({ queue }) => queue))
  return new Tokens(await backend(clock), { workflow: name, people, late })
}

/** Makes the queues of a run and the context of its handlers, and lets the tokens enter. */
export async function makeWorld(options: RunOptions, { backend }: Tokens, at: At): Promise<World> {
  const { context: given, inputs, pipeline, seed } = options
  const { name, clock, handlerClock } = at
  const { input } = await makeQueues(pipeline, backend, name, { clock, owner: 'outside' })
  const making = { clock: handlerClock, input, random: randomFor(seed, 'context') }
  const context = typeof given === 'function' ? await given(making) : given
  for (const { id, value, ...entry } of inputs) await input.push(id, value, entry)
  return { pipeline, name, backend, clock, seed, context }
}
