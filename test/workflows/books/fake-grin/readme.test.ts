import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { breakages } from '../../../../workflows/books/sample/break.ts'
import { openGrin } from './open-grin.ts'

const readme = await readFile(
  new URL('../../../../workflows/books/fake-grin/README.md', import.meta.url),
  'utf8',
)

it('the README names every fault there is, and no other', async () => {
  const chapter = /\n## Faults\n([\s\S]*?)\n## /.exec(readme)![1]!
  const rows = chapter.split('\n').filter((line) => line.startsWith('| `'))
  const named = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
  const grin = await openGrin()
  for (const fault of named) grin.admin.inject({ fault })
  expect(named).toEqual(expect.arrayContaining(Object.keys(breakages)))
  const refused = await fetch(`${grin.url}/admin/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"fault": "unknown"}',
  })
  const { error } = (await refused.json()) as { error: string }
  const known = /there are ([^.]*)\./.exec(error)![1]!.split(', ')
  expect(named.sort()).toEqual(known.sort())
})

it('what the README asks of the admin API is there', async () => {
  const grin = await openGrin({ books: { made: { count: 1 } } })
  const rows = readme.split('\n## Admin\n')[1]!.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/admin[^`]*)`/g)
  const asked = [...rows]
  expect(asked.length).toBeGreaterThan(8)
  grin.admin.inject({ fault: 'lost' })
  for (const [, method, path] of asked) {
    const url = `${grin.url}${path!.replace('BARCODE', '32101900000000').replace('ID', '1')}`
    const answer = await fetch(url, { method: method! })
    // What is there answers, or says what is missing: a body, or a fault that is gone.
    expect(await answer.text()).not.toMatch(/^\{"message":"Route/)
    expect(answer.status).toBeLessThan(500)
  }
})
