import type { FastifyInstance } from 'fastify'
import type { Logins } from '../requests/logins.ts'

/** Where an access token is got by the refresh token. */
export const tokenPath = '/oauth/token'

/** Serves access tokens for the refresh token, as RFC 6749 has it (section 6). */
export function addTokenRoute(server: FastifyInstance, logins: Logins): void {
  server.register(async (routes) => {
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    routes.post(tokenPath, async (request, reply) => {
      const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '')
      if (form.get('grant_type') !== 'refresh_token')
        return reply.code(400).send({ error: 'unsupported_grant_type' })
      if (form.get('refresh_token') !== logins.refreshToken)
        return reply.code(400).send({ error: 'invalid_grant' })
      const { token, seconds } = logins.issue()
      return { access_token: token, expires_in: seconds, token_type: 'Bearer' }
    })
  })
}
