import type { OpenApp } from '../../app/open-app.ts'
import type { UpkeepGiven } from '../../app/upkeep.ts'
import type { Queues } from '../../pipeline/make-queues.ts'
import type { Backend } from '../../queue/backend.ts'
import type { Log } from '../../run/log.ts'
import { nowAndThen } from './now-and-then.ts'

/** Does what the app wants done now and then, until `signal` aborts; one thing at a time. Never rejects. */
export async function keepUp(
  { name, backend, upkeep = {} }: Pick<OpenApp, 'name' | 'backend' | 'upkeep'>,
  { input, output, send }: Pick<Queues<any, any, any, any>, 'input' | 'output' | 'send'>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (act: () => unknown) => {
    const done = turn.then(act)
    turn = done.catch(() => {})
    return done
  }
  const queues = { input, output, send, journey: (id: string) => backend.journey(name, id) }
  await Promise.all(
    Object.entries(upkeep).map(([each, { everyMs, run }]) => {
      const given: UpkeepGiven = {
        ...{ log, signal },
        counts: async () => (await backend.count()).filter(({ workflow }) => workflow === name),
        setLimit: (gate, limit, reason) =>
          setLimit(backend, { gate, limit, reason, actor: `upkeep:${each}` }),
      }
      return nowAndThen(() => inTurn(() => run({ ...queues, ...given })), {
        ...{ everyMs, log, signal, fields: { upkeep: each } },
        sentence: 'An upkeep has failed; it is done again.',
      })
    }),
  )
}

interface Setting {
  readonly gate: string
  readonly limit: number
  readonly reason: string
  readonly actor: string
}

/** What a person has set stays. */
async function setLimit(backend: Backend, { gate: name, limit, reason, actor }: Setting): Promise<void> {
  const gate = (await backend.gates()).find((each) => each.name === name && each.key === undefined)
  const set = gate?.overridden?.limit
  if (set ? set.actor !== actor || gate?.limit === limit : gate?.limit === limit) return
  await backend.commit([{ kind: 'gate', name, limit, reason, actor }])
}
