import { expect, test } from 'vitest'
import { hostsOf } from '../../../src/backends/postgres/server/hosts.ts'

test('a URL with several hosts is one for each of them', () => {
  expect(hostsOf('postgres://me:a,b@one:1,[::1]:2,two/shop?target_session_attrs=read-write&x=1,2')).toEqual([
    'postgres://me:a,b@one:1/shop?target_session_attrs=read-write&x=1,2',
    'postgres://me:a,b@[::1]:2/shop?target_session_attrs=read-write&x=1,2',
    'postgres://me:a,b@two/shop?target_session_attrs=read-write&x=1,2',
  ])
  for (const url of ['postgres://one/shop', 'postgres:', 'postgres://me@one/a,b'])
    expect(hostsOf(url)).toEqual([url])
  expect(() => hostsOf('postgres://one,two/shop?target_session_attrs=standby')).toThrow(
    'target_session_attrs of the URL is "standby"; queues are written to',
  )
})
