import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { builtFile } from '../built.ts'
import { urlAt } from '../on/open.ts'
import { figure } from './figures.ts'
import { Case, serveVerdicts } from './verdict.ts'

// Fifty approve and fifty reject one case at once, at several servers on one file; in the long form each is a process
// of its own. Taken out, to see this fail: `table.remove` in `taking.ts` (the case stays on the desk), and
// `sayWhoWasFirst` in `desk-routes.ts` (404 instead of 409).

const long = process.env['CHAOS'] === 'long'
const servers = 4
const rounds = long ? 25 : 2
const people = 50
const script = builtFile('test/chaos/verdict-process.ts')

/** The URL of one more server on the database `path`. */
async function startServer(path: string): Promise<string> {
  if (!long) {
    const served = await serveVerdicts(path)
    onTestFinished(served.close)
    return served.url
  }
  const child = fork(script, [path], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [url] = (await once(child, 'message')) as [string]
  return url
}

it('lets one of fifty who approve and fifty who reject at once count', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-race-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = await urlAt(join(folder, 'queues.db'))
  const { queues, backend, close } = await serveVerdicts(path)
  onTestFinished(close)
  const urls = await Promise.all(Array.from({ length: servers }, () => startServer(path)))
  const winners: string[] = []
  for (let round = 0; round < rounds; round++) {
    const id = `case-${round}`
    await queues.input.push(id, Case({ what: 'murder' }))
    const asked = Array.from({ length: 2 * people }, (_, n) => ({
      url: urls[n % servers]!,
      decision: n < people ? 'approve' : 'reject',
      by: `person ${n}`,
    }))
    // Not all who approve first.
    asked.sort(() => Math.random() - 0.5)
    const statuses = await Promise.all(
      asked.map(async ({ url, ...decision }) => {
        const response = await fetch(`${url}/reviews/judge/tasks/${id}/decide`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...decision, hop: 1 }),
        })
        return response.status
      }),
    )
    const first = asked[statuses.indexOf(200)]
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(2 * people - 1)
    const journey = await backend.journey('verdicts', id)
    expect(journey?.lines.map(({ event, actor, reason }) => ({ event, actor, reason }))).toEqual([
      { event: 'entered', actor: undefined, reason: undefined },
      { event: 'decided', actor: first!.by, reason: first!.decision },
    ])
    expect(journey?.row?.value).toMatchObject({
      tag: first!.decision === 'approve' ? 'Approved' : 'Rejected',
    })
    winners.push(first!.decision)
  }
  if (long) expect(new Set(winners).size).toBe(2)
  figure(
    '50 approve and 50 reject at once',
    'one 2xx, the rest 409, one audit line',
    `${rounds} rounds`,
    true,
  )
})
