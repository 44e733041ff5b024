// Before and after a deployment to AWS, against an endpoint that answers as STS, CloudFormation and Service Quotas do.
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { announcement, COSTS, outputsOf, preflight } from '../../lib/cli/aws-deploy.ts'
import { smokeTest } from '../../lib/cli/smoke.ts'
import { cli, project, type Stack, startStack } from './stack.ts'

const ENV = { AWS_REGION: 'eu-west-1' }
const outputXml = ([key, value]: string[]) =>
  `<member><OutputKey>Tripline${key}1A2B3C4D</OutputKey><OutputValue>${value}</OutputValue></member>`
const stackXml = (outputs: Record<string, string>) =>
  `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackName>Tripline-prod</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-21T09:00:00Z</CreationTime>
<Outputs>${Object.entries(outputs).map(outputXml).join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`
const errorXml = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`

/** What the account is like. */
let account: {
  isSignedIn: boolean
  isBootstrapped: boolean
  concurrency: number | null
  outputs: Record<string, string>
}
let server: Server
let url = ''

beforeEach(async () => {
  account = { isSignedIn: true, isBootstrapped: true, concurrency: 10, outputs: {} }
  account.outputs = { HooksUrl: 'https://hooks/' }
  server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const reply = (status: number, text: string) => {
      response.writeHead(status)
      response.end(text)
    }
    if (request.url?.startsWith('/hooks/')) return reply(502, '')
    if (body.includes('the-secret'))
      return reply(200, JSON.stringify({ SecretString: 'first-key' }))
    if (body.includes('Action=GetCallerIdentity')) {
      return account.isSignedIn
        ? reply(
            200,
            '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
          )
        : reply(403, errorXml('InvalidClientTokenId'))
    }
    if (body.includes('Action=DescribeStacks')) {
      return account.isBootstrapped
        ? reply(200, stackXml(account.outputs))
        : reply(400, errorXml('ValidationError'))
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

describe('the command as a whole', () => {
  let stack: Stack
  let bakery: ReturnType<typeof project>

  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack.stop())

  beforeEach(() => {
    bakery = project({})
    account.outputs = {
      HooksUrl: stack.apiUrl.replace(/api$/, 'hooks/'),
      ApiUrl: stack.apiUrl,
      AdminKeySecret: 'the-secret',
    }
  })
  afterEach(() => bakery.remove())

  /** `npx` notes what it was told, and ends as said. */
  function deploy(flags: string[], exitCode = 0) {
    const npx = join(bakery.cwd, 'npx')
    writeFileSync(npx, `#!/bin/sh\necho "$@" > "${npx}.txt"\nexit ${exitCode}\n`)
    chmodSync(npx, 0o755)
    const env = { ...ENV, PATH: `${bakery.cwd}:${process.env.PATH}` }
    return cli(['aws', 'deploy', ...flags], { cwd: bakery.cwd, env })
  }
  const ran = () => {
    const file = join(bakery.cwd, 'npx.txt')
    return existsSync(file) ? readFileSync(file, 'utf8') : null
  }

  it('says what it costs and where it goes, and does nothing before it was told to', async () => {
    const { code, err } = await deploy([])

    expect(code).toBe(2)
    expect(err).toContain('10 functions may run at once')
    expect(err).toContain(`$${COSTS.idleUsd} a month`)
    expect(ran()).toBeNull()
  })

  it('deploys into a new account, tries a webhook of its own there, and leaves none', async () => {
    const { code, err } = await deploy(['--yes'])

    expect([code, err]).toEqual([0, expect.stringContaining(`PREFECT_API_URL=${stack.apiUrl}`)])
    expect(ran()).toBe('cdk deploy --require-approval never -c stage=prod\n')
    const target = { env: { TRIPLINE_API_URL: stack.apiUrl } }
    expect((await cli(['event', 'ls'], target)).out).toContain('webhook.called')
    expect((await cli(['webhook', 'ls'], target)).out).not.toContain('smoke test')
  })

  it('fails when cdk does, and tries nothing', async () => {
    const { code, err } = await deploy(['--yes'], 1)

    expect(code).toBe(1)
    expect(err).toContain('cdk deploy failed')
  })

  it('names the step that does not work, and the section about it', async () => {
    const key = 'first-key'
    const broken = { apiUrl: stack.apiUrl, hooksUrl: `${url}/hooks/`, key }

    await expect(smokeTest(broken, 0)).rejects.toMatchObject({
      message: expect.stringContaining('the webhook takes no call: it answered 502'),
      fix: 'See hooks-fail in docs/runbook.md.',
    })
    expect(
      (await cli(['webhook', 'ls'], { env: { TRIPLINE_API_URL: stack.apiUrl } })).out,
    ).not.toContain('smoke test')
  })
})
