import { expect, it } from 'vitest'
import { type OpenGrin, openGrin } from './open-grin.ts'

const books = { sample: false, made: { count: 1 } }
const auth = { tokenMs: 60_000 }

async function logIn({ login }: OpenGrin, refreshToken = login!.refreshToken) {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
  const answer = await fetch(login!.tokenUrl, { method: 'POST', body })
  return { status: answer.status, ...((await answer.json()) as Record<string, any>) } as Record<string, any>
}

const askAs = (grin: OpenGrin, token?: string) =>
  grin.ask(
    '_all_books?format=text',
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  )

it('gives a token for the refresh token, which is good for a while', async () => {
  const grin = await openGrin({ books, auth })
  const { access_token: token, ...rest } = await logIn(grin)
  expect(rest).toEqual({ status: 200, expires_in: 60, token_type: 'Bearer' })
  expect((await askAs(grin, token)).status).toBe(200)
  grin.admin.advance(59_999)
  expect((await askAs(grin, token)).status).toBe(200)
  grin.admin.advance(1)
  const expired = await askAs(grin, token)
  expect(expired.status).toBe(302)
  expect(expired.headers.get('location')).toMatch(/^https:\/\/accounts\.google\.com\/ServiceLogin/)
  expect((await askAs(grin, (await logIn(grin))['access_token'])).status).toBe(200)
})

it('refuses a token that it has not given with 401, and sends a request without one to the login', async () => {
  const grin = await openGrin({ books, auth })
  expect((await askAs(grin, 'made-up')).status).toBe(401)
  expect((await askAs(grin)).status).toBe(302)
})

it('refuses another directory with 403', async () => {
  const grin = await openGrin({ books, auth })
  const { access_token: token } = await logIn(grin)
  const headers = { authorization: `Bearer ${token}` }
  expect((await fetch(`${grin.url}/libraries/prnc/_all_books`, { headers })).status).toBe(403)
})

it('refuses another refresh token, and another way to get a token', async () => {
  const grin = await openGrin({ books, auth })
  expect(await logIn(grin, 'made-up')).toEqual({ status: 400, error: 'invalid_grant' })
  const answer = await fetch(grin.login!.tokenUrl, { method: 'POST', body: 'grant_type=password' })
  expect(await answer.json()).toEqual({ error: 'unsupported_grant_type' })
})

it('a harmless redirect wants the header again', async () => {
  const grin = await openGrin({ books, auth, faults: [{ fault: 'redirect', times: 1 }] })
  const { access_token: token } = await logIn(grin)
  const path = (await askAs(grin, token)).headers.get('location')
  expect((await fetch(grin.url + path, { redirect: 'manual' })).status).toBe(302)
  const there = await fetch(grin.url + path, { headers: { authorization: `Bearer ${token}` } })
  expect(await there.text()).toBe('32101900000000\n')
})

it('ends all logins at once', async () => {
  const grin = await openGrin({ books, auth })
  const { access_token: token } = await logIn(grin)
  const answer = await fetch(`${grin.url}/admin/logins/expire`, { method: 'POST' })
  expect(await answer.json()).toEqual({ expired: 1 })
  expect((await askAs(grin, token)).status).toBe(302)
})
