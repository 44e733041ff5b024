import { expect, it } from 'vitest'
import { DEFAULT_API_URL, readConfig } from '../../lib/sdk/config.ts'

it('an empty environment means the local server, without a key', () => {
  expect(readConfig({})).toEqual({
    apiUrl: DEFAULT_API_URL,
    headers: {},
    socketToken: null,
    printLevel: 20,
    resultsPath: '.tripline/results',
    leaseSeconds: 60,
  })
})

it.each([
  ['Prefect’s variable is honoured', { PREFECT_API_URL: 'http://a/api' }, 'http://a/api'],
  [
    'ours wins over it',
    { PREFECT_API_URL: 'http://a/api', TRIPLINE_API_URL: 'http://b/api/' },
    'http://b/api',
  ],
  [
    'an empty one is an absent one',
    { TRIPLINE_API_URL: '', PREFECT_API_URL: 'http://a/api' },
    'http://a/api',
  ],
])('the address: %s', (_, env, apiUrl) => {
  expect(readConfig(env).apiUrl).toBe(apiUrl)
})

it.each([
  ['a key is a bearer', { PREFECT_API_KEY: 'k' }, 'Bearer k', 'k'],
  ['a user and password are basic', { PREFECT_API_AUTH_STRING: 'u:p' }, 'Basic dTpw', 'u:p'],
])('credentials: %s, for requests and for sockets', (_, env, authorization, token) => {
  const config = readConfig(env)

  expect(config.headers).toEqual({ authorization })
  expect(config.socketToken).toBe(token)
})

it.each([
  [{ TRIPLINE_API_URL: '4200' }, /API_URL .*is not an http/],
  [{ PREFECT_API_AUTH_STRING: 'secret' }, /API_AUTH_STRING .*user:password/],
  [{ PREFECT_CLIENT_CUSTOM_HEADERS: '{' }, /CLIENT_CUSTOM_HEADERS .*JSON object/],
])('%o is refused by the variable’s name', (env, message) => {
  expect(() => readConfig(env)).toThrow(message)
})
