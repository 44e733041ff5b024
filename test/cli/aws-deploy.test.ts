// Before and after a deployment to AWS, against an endpoint that answers as STS, CloudFormation and Service Quotas do.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { announcement, outputsOf, preflight, smokeTest } from '../../lib/cli/aws-deploy.ts'

const ENV = { AWS_REGION: 'eu-west-1' }
const stackXml = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackName>Tripline-prod</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-21T09:00:00Z</CreationTime>
<Outputs><member><OutputKey>TriplineHooksUrl1A2B3C4D</OutputKey><OutputValue>https://hooks/</OutputValue></member></Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
const errorXml = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`

/** What the account is like. */
let account: {
  isSignedIn: boolean
  isBootstrapped: boolean
  concurrency: number | null
  hooks: number
}
let server: Server
let url = ''

beforeEach(async () => {
  account = { isSignedIn: true, isBootstrapped: true, concurrency: 10, hooks: 404 }
  server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const reply = (status: number, text: string) => {
      response.writeHead(status)
      response.end(text)
    }
    if (request.url?.startsWith('/hooks/')) return reply(account.hooks, '')
    if (body.includes('Action=GetCallerIdentity')) {
      return account.isSignedIn
        ? reply(
            200,
            '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
          )
        : reply(403, errorXml('InvalidClientTokenId'))
    }
    if (body.includes('Action=DescribeStacks')) {
      return account.isBootstrapped ? reply(200, stackXml) : reply(400, errorXml('ValidationError'))
    }
    return account.concurrency === null
      ? reply(400, JSON.stringify({ __type: 'AccessDeniedException' }))
      : reply(200, JSON.stringify({ Quota: { Value: account.concurrency } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('AWS_ENDPOINT_URL', url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
})

it('goes into a new account, whose functions may run ten at once, and says so and what it costs', async () => {
  const found = await preflight(ENV)

  expect(found).toEqual({ account: '111122223333', region: 'eu-west-1', concurrency: 10 })
  const said = announcement(found, 'Tripline-prod').join(' ')
  expect(said).toContain('10 functions may run at once')
  expect(said).toMatch(/\$3\.\d\d a month/)
})

it('needs no permission to read quotas', async () => {
  account.concurrency = null

  const found = await preflight(ENV)

  expect(found.concurrency).toBeNull()
  expect(announcement(found, 'Tripline-prod')).toHaveLength(2)
})

it.each([
  ['without a region', {}, {}, 'AWS_REGION'],
  ['without credentials that are good', ENV, { isSignedIn: false }, 'Sign in'],
  [
    'without a bootstrap',
    ENV,
    { isBootstrapped: false },
    'npx cdk bootstrap aws://111122223333/eu-west-1',
  ],
])('stops %s, and names the fix', async (_, env, spoiled, fix) => {
  Object.assign(account, spoiled)

  await expect(preflight(env)).rejects.toMatchObject({ fix: expect.stringContaining(fix) })
})

it('finds the outputs by the names that the construct gave them', async () => {
  expect(await outputsOf('eu-west-1', 'Tripline-prod')).toEqual(
    new Map([['HooksUrl', 'https://hooks/']]),
  )
})

it('is done when the deployed function itself says that nobody has a slug', async () => {
  await smokeTest(`${url}/hooks/`)

  account.hooks = 502
  await expect(smokeTest(`${url}/hooks/`)).rejects.toThrow('answer 502')
})
