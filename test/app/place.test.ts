import { expect, it } from 'vitest'
import { hasPassword, placeOf, sayPlace } from '../../src/app/database/place.ts'

it.each([
  ['queues.db', { kind: 'sqlite', path: 'queues.db' }],
  ['./x/y.db', { kind: 'sqlite', path: './x/y.db' }],
  ['/srv/a:b.db', { kind: 'sqlite', path: '/srv/a:b.db' }],
  ['notes:1.db', { kind: 'sqlite', path: 'notes:1.db' }],
  ['C:\\queues.db', { kind: 'sqlite', path: 'C:\\queues.db' }],
  ['sqlite:queues.db', { kind: 'sqlite', path: 'queues.db' }],
  ['sqlite:/srv/queues.db', { kind: 'sqlite', path: '/srv/queues.db' }],
  ['sqlite:///srv/queues.db', { kind: 'sqlite', path: '/srv/queues.db' }],
  ['memory:', { kind: 'memory' }],
  ['postgres://ann@db/shop', { kind: 'postgres', url: 'postgres://ann@db/shop' }],
  ['postgresql://ann:a%2Fb@db:5433/shop', { kind: 'postgres', url: 'postgresql://ann:a%2Fb@db:5433/shop' }],
  [
    'postgres://db/shop?sslmode=require&schema=books&connections=8&sessions=false',
    {
      ...{ kind: 'postgres', url: 'postgres://db/shop?sslmode=require' },
      ...{ schema: 'books', connections: 8, sessions: false },
    },
  ],
  [
    'postgres:///shop?host=/run/postgresql',
    { kind: 'postgres', url: 'postgres:///shop?host=/run/postgresql' },
  ],
  ['postgres:', { kind: 'postgres', url: undefined }],
  ['postgres://', { kind: 'postgres', url: undefined }],
  ['postgres://?schema=books', { kind: 'postgres', url: undefined, schema: 'books' }],
  ['https://queues.example.org/pw', { kind: 'http', url: 'https://queues.example.org/pw' }],
])('%s names a database', (text, place) => {
  expect(placeOf(text)).toEqual(place)
})

it.each([
  ['mysql://ann:hunter2@db/shop', /^"mysql:" names no database here; known are sqlite:FILE, postgres/],
  ['postgres:shop', /two slashes/],
  ['memory:shop', /have no name/],
  ['sqlite://queues.db', /no host/],
  ['http:queues', /two slashes/],
  ['postgres://db/shop?password=hunter2', /PGPASSFILE/],
  ['postgres://db/shop?connections=many', /whole number/],
  ['postgres://db/shop?sessions=no', /true or false/],
])('%s is refused', (text, sentence) => {
  expect(() => placeOf(text)).toThrow(sentence)
  expect(() => placeOf(text)).not.toThrow(/hunter2/)
})

it('says where it is, without a user and a password', () => {
  const said = (text: string) => sayPlace(placeOf(text))
  expect(said('postgres://ann:hunter2@db/shop?schema=books')).toBe('postgres://...@db/shop (schema books)')
  expect(said('postgres:')).toBe('the Postgres of the environment')
  expect(said('http://:hunter2@db')).toBe('http://...@db')
  expect(said('sqlite:x.db')).toBe('x.db')
})

it.each([
  ['postgres://ann:hunter2@db/shop', true],
  ['postgres://:hunter2@db/shop', true],
  ['postgres://ann:hunt/er2@db/shop', true],
  ['postgres://db/shop?password=x', true],
  ['https://ann:x@queues.example.org', true],
  ['postgres://ann@db/shop', false],
  ['postgres://db:5432/shop?application_name=a@b', false],
  ['postgres://[::1]:5432/shop', false],
  ['postgres:', false],
  ['a:b@c.db', false],
  ['sqlite:a:b@c.db', false],
])('%s has a password: %s', (text, has) => {
  expect(hasPassword(text)).toBe(has)
})
