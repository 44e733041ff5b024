// `tripline deploy` in a project that init wrote: the stack, then the project on it. An endpoint answers as the four services of AWS do
// that are asked, `npx` is a script that notes what it was told, and the deployed stack is a local one.
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { cli, project, type Stack, startStack } from './stack.ts'

let stack: Stack
let aws: Server
let bakery: ReturnType<typeof project>
let env: Record<string, string>

const output = (key: string, value: string) =>
  `<member><OutputKey>Tripline${key}1A2B3C4D</OutputKey><OutputValue>${value}</OutputValue></member>`

beforeAll(async () => {
  stack = await startStack()
  bakery = project({})
  await cli(['init'], { cwd: bakery.cwd })
  // Its flow cannot be loaded before `npm install`; one in Python is known by its name.
  const path = join(bakery.cwd, 'tripline.yaml')
  writeFileSync(path, readFileSync(path, 'utf8').replace('hello.ts:', 'hello.py:'))
  const npx = join(bakery.cwd, 'npx')
  writeFileSync(npx, `#!/bin/sh\necho "$@" > ${join(bakery.cwd, 'npx.txt')}\n`)
  chmodSync(npx, 0o755)
  aws = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const outputs = [
      output('HooksUrl', stack.apiUrl.replace(/api$/, 'hooks/')),
      output('ApiUrl', stack.apiUrl),
      output('AdminKeySecret', 'the-secret'),
    ]
    if (body.includes('GetCallerIdentity')) {
      response.end(
        '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
      )
    } else if (body.includes('DescribeStacks')) {
      response.end(
        `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Tripline-test</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-21T09:00:00Z</CreationTime><Outputs>${outputs.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      )
    } else if (body.includes('the-secret')) {
      response.end(JSON.stringify({ SecretString: 'the-first-key' }))
    } else response.end(JSON.stringify({ Quota: { Value: 1000 } }))
  }).listen(0, '127.0.0.1')
  await once(aws, 'listening')
  const { port } = aws.address() as AddressInfo
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b')
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  env = { AWS_REGION: 'eu-west-1', PATH: `${bakery.cwd}:${process.env.PATH}` }
})

afterAll(async () => {
  vi.unstubAllEnvs()
  aws.close()
  bakery.remove()
  await stack.stop()
})

it('asks before it deploys', async () => {
  const { code, err } = await cli(['deploy'], { cwd: bakery.cwd, env })

  expect(code).toBe(2)
  expect(err).toContain('Tripline-prod goes to account 111122223333, region eu-west-1.')
  expect(err).toContain('Say --yes to go ahead.')
})

it('deploys the stack, and the whole project to it', async () => {
  const { code, out } = await cli(['deploy', '--stage', 'test', '--yes'], { cwd: bakery.cwd, env })
  const webhooks = await cli(['webhook', 'ls'], { env: { TRIPLINE_API_URL: stack.apiUrl } })

  expect(code).toBe(0)
  expect(readFileSync(join(bakery.cwd, 'npx.txt'), 'utf8')).toBe(
    'cdk deploy --require-approval never -c stage=test\n',
  )
  expect(out).toBe(
    '+ deployment hello/hook\n+ webhook hello\n\n2 to create, 0 to change, 0 unchanged.\n',
  )
  expect(webhooks.out).toContain('"name":"hello"')
})

it('with a flag it is about deployments, on the server of the profile', async () => {
  const named = { ...env, TRIPLINE_API_URL: stack.apiUrl }
  const { out } = await cli(['deploy', '-n', 'hook'], { cwd: bakery.cwd, env: named })

  expect(out).toBe("Deployment 'hello/hook' is as it was.\n")
})
