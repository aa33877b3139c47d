import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { sqlite } from '../../src/backends/sqlite/index.ts'
import { spanMs } from '../../src/cli/time-span.ts'
import { userName } from '../../src/cli/user-name.ts'
import { makeQueues } from '../../src/index.ts'
import { claims } from './fixtures/claims.ts'
import { answerOf, cli, folder, letters } from './rig.ts'

vi.setConfig({ testTimeout: 60_000 })

const app = fileURLToPath(new URL('./fixtures/claims.ts', import.meta.url))
const why = ['--reason', 'a typo']
let cwd: string

beforeEach(() => {
  cwd = folder()
})

const by = (...args: string[]) => cli(cwd, ...args, '--app', letters, ...why)
const answer = (...args: string[]) => answerOf(cwd, ...args, '--app', letters, ...why)
const token = (...args: string[]) => answerOf(cwd, 'token', 'a', ...args)

describe('a token that is repaired by hand', () => {
  beforeEach(async () => {
    expect((await cli(cwd, 'seed', letters, '--ids', 'a')).code).toBe(0)
  })

  it('gets another value, or a part of one, with who and why', async () => {
    expect(await by('edit', 'a', '--set', 'text="Dear Ann"')).toMatchObject({
      ...{ code: 0, out: 'edited; it is in letters/stamp, as hop 2' },
    })
    expect(await answer('edit', 'a', '--value', '{"tag":"Written","text":"Sir"}', '--by', 'ann')).toEqual({
      ...{ workflow: 'letters', id: 'a', queue: 'letters/stamp', hop: 3, dryRun: false },
      ...{ value: { tag: 'Written', text: 'Sir' }, from: { queue: 'letters/stamp', hop: 2 } },
    })
    const { lines } = await token('--values')
    expect(lines).toMatchObject([
      { event: 'entered' },
      { event: 'edited', actor: userName(), reason: 'a typo', value: { tag: 'Written', text: 'Dear a' } },
      { event: 'edited', actor: 'ann', value: { text: 'Dear Ann' } },
    ])
    const { out } = await cli(cwd, 'token', 'a', '--values', '--hop', '2')
    expect(out).toContain('as it was\n  hop 2 in letters/stamp: {"tag":"Written","text":"Dear Ann"}')
  })

  it('is not changed by what does not fit, or says nothing', async () => {
    expect(await by('edit', 'a', '--set', 'text=5')).toMatchObject({
      ...{
        code: 1,
        err: expect.stringMatching(/^error: Queue "letters\/stamp" refused the value of token "a": text/),
      },
    })
    expect(await by('move', 'a', '--to', 'send')).toMatchObject({
      ...{
        code: 1,
        err: 'error: Token "a" is in state Written, and queue "letters/send" takes Stamped; give it a value that is one.',
      },
    })
    for (const args of [
      ['edit', 'a'],
      ['edit', 'a', '--value', 'text'],
      ['edit', 'a', '--set', 'text'],
      ['move', 'a'],
      ['rerun', 'a', '--from', 'x'],
    ])
      expect((await by(...args)).code, args.join(' ')).toBe(2)
    expect((await cli(cwd, 'edit', 'a', '--value', '1', '--app', letters)).code).toBe(2)
    const nameless = await cli(cwd, 'edit', 'a', '--value', '1', ...why)
    expect(nameless).toMatchObject({ code: 2, err: expect.stringContaining('name it too, with --app APP') })
    expect((await token()).lines).toHaveLength(1)
  })

  it('is moved to a stage with the state that it takes', async () => {
    const args = ['--to', 'send', '--value', '{"tag":"Stamped","text":"x"}', '--set', 'clerk="bob"']
    expect(await by('move', 'a', ...args)).toMatchObject({
      ...{ code: 0, out: 'moved; it is in letters/send, as hop 2' },
    })
    expect((await token()).row.value).toEqual({ tag: 'Stamped', text: 'x', clerk: 'bob' })
  })

  it('begins again, is forked, and only planned, as it is told', async () => {
    expect((await by('rerun', 'a', '--from', '1', '--set', 'text="new"', '--dry-run')).out).toBe(
      '{"tag":"Written","text":"new"}\nwould be begun again; it would be in letters/stamp, as hop 2',
    )
    expect((await token()).row.hop).toBe(1)
    expect((await by('rerun', 'a', '--from', '1')).out).toBe('begun again; it is in letters/stamp, as hop 2')
    expect((await by('fork', 'a', 'b', '--from', '1')).out).toBe('forked; it is in letters/stamp, as hop 1')
    expect(await answerOf(cwd, 'token', 'b')).toMatchObject({
      lines: [{ reason: 'Fork of "a" from its stay 1: a typo' }],
    })
  })

  it('comes back when it was cancelled', async () => {
    await cli(cwd, 'cancel', 'a', ...why)
    expect((await by('uncancel', 'a')).out).toBe('brought back; it is in letters/stamp, as hop 2')
    expect((await token()).row.value).toEqual({ tag: 'Written', text: 'Dear a' })
    expect(await by('uncancel', 'a')).toMatchObject({
      ...{ code: 1, err: 'error: Token "a" was not cancelled: it is in queue "letters/stamp".' },
    })
  })
})

describe('a shadow run', () => {
  /** Claims of these sums, worked on until all rest in a desk or are out; one is decided on. */
  async function work() {
    const backend = await sqlite(join(cwd, 'queues.db'))
    const queues = await makeQueues(claims(), backend, 'claims')
    const stop = new AbortController()
    const { check, look } = queues.artifacts()
    for (const sum of [1, 13, 500, -1, -2, -99]) await queues.input.push(String(sum), { tag: 'Claim', sum })
    const running = check(stop.signal)
    await expect
      .poll(async () => (await backend.count('claims/check'))[0])
      .toMatchObject({ ready: 0, leased: 0 })
    stop.abort()
    await running
    await look.decide('-1', { decision: 'allow', sum: 60 }, { hop: 2, by: 'ann' })
    await look.decide('-2', { decision: 'allow', sum: 3 }, { hop: 2, by: 'ann' })
    await backend.close()
  }

  it('finds nothing where nothing has changed', async () => {
    await work()
    expect(await cli(cwd, 'shadow', app)).toEqual({
      ...{
        code: 0,
        err: '',
        out: '8 turns replayed: 5 to their end, 3 up to their work, which is not done again',
      },
    })
  })

  it('shows which tokens would go elsewhere, or be refused, and commits nothing', async () => {
    await work()
    writeFileSync(join(cwd, 'strict.yaml'), 'strict: true')
    const before = await answerOf(cwd, 'sql', 'select * from history')
    const { code, out, err } = await cli(cwd, 'shadow', app, '--config', 'strict.yaml', '--since', '1h')
    expect({ code, err }).toEqual({
      ...{ code: 1, err: 'error: 5 of 8 remembered turns would come out otherwise.' },
    })
    expect(out.split('\n').slice(0, -1).sort()).toEqual([
      'claims/check -99 (hop 1, failed): did go to claims/look, would go to claims/output',
      'claims/check 13 (hop 1, moved): did go to claims/output, would be refused: Error: no claims of 13',
      expect.stringMatching(
        /^claims\/check 500 \(hop 1, moved\): did go to claims\/output, would be refused: /,
      ),
      'claims/look -1 (hop 2, decided): did go to claims/output, would go to claims/second',
      expect.stringMatching(
        /^claims\/look -2 \(hop 2, decided\): did go to claims\/output, would be refused: /,
      ),
    ])
    expect(await answerOf(cwd, 'sql', 'select * from history')).toEqual(before)
    expect((await answerOf(cwd, 'sql', 'select count(*) as n from pw_deploys'))[0].n).toBe(1)
  })

  it('looks no further back than it is told', async () => {
    await work()
    expect((await cli(cwd, 'shadow', app, '--since', '0s')).out).toMatch(/^0 turns replayed/)
    expect((await cli(cwd, 'shadow', app, '--since', 'yesterday')).code).toBe(2)
    expect([spanMs('90s'), spanMs('30m'), spanMs('12h'), spanMs('2d')]).toEqual([
      ...[90_000, 1_800_000, 43_200_000, 172_800_000],
    ])
  })
})
