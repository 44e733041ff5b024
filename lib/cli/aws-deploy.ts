// `tripline aws deploy`: the stack itself, into an account. (`tripline deploy` does so too, and applies the project to it.) It looks before it
// asks, says what it will cost, and tries a real webhook afterwards (smoke.ts). AWS's clients are loaded only here, and only when asked for.
import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import { type ConfirmFlags, confirm, YES_FLAG } from './confirm.ts'
import { CommandError } from './errors.ts'
import { withExample } from './help.ts'
import { say } from './output.ts'
import type { Session } from './session.ts'
import { smokeTest, stackKey } from './smoke.ts'
import type { Terminal } from './terminal.ts'

/** What a stack costs, as docs/deploy.md reckons it; test/infra/cost.test.ts compares. */
export const COSTS = { idleUsd: '3.32', millionUsd: '1.5 to 2.5' } as const

/** Lambda's quota of concurrent executions: ten in a new account, which is enough. */
const CONCURRENCY_QUOTA = 'L-B99A9384'
/** Below it calls of webhooks and readers of streams compete: worth saying, not worth refusing. */
const CONCURRENCY_AMPLE = 100
/** The stack that `cdk bootstrap` makes. */
const BOOTSTRAP_STACK = 'CDKToolkit'

const failed = (message: string, fix?: string) =>
  new CommandError(message, fix === undefined ? {} : { fix })

export interface StackFlags extends ConfirmFlags {
  stage: string
}

/** What the look around found. */
export interface Preflight {
  account: string
  region: string
  concurrency: number | null
}

/** The region that is meant, said as AWS's own tools have it said. */
export function regionOf(env: Terminal['env']): string {
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION
  if (!region) throw failed('no region is set', 'Try: export AWS_REGION=us-east-1')
  return region
}

/**
 * Looks whether a deployment can succeed: credentials, region, bootstrap, and the quota of concurrency.
 * @throws CommandError that names the fix
 */
export async function preflight(env: Terminal['env']): Promise<Preflight> {
  const region = regionOf(env)
  const { sts, cloudformation, quotas } = await clients()
  const { Account: account = '' } = await new sts.STSClient({ region })
    .send(new sts.GetCallerIdentityCommand())
    .catch((error: Error) => {
      throw failed(
        `AWS does not know who you are: ${error.message}`,
        'Sign in (aws sso login, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), then try again.',
      )
    })
  await new cloudformation.CloudFormationClient({ region })
    .send(new cloudformation.DescribeStacksCommand({ StackName: BOOTSTRAP_STACK }))
    .catch((error: Error) => {
      if (error.name !== 'ValidationError') throw error // CloudFormation's word for: there is none
      throw failed(
        `${account}/${region} is not bootstrapped for CDK`,
        `Once per account and region: npx cdk bootstrap aws://${account}/${region}`,
      )
    })
  const asked = { ServiceCode: 'lambda', QuotaCode: CONCURRENCY_QUOTA }
  const concurrency = await new quotas.ServiceQuotasClient({ region })
    .send(new quotas.GetServiceQuotaCommand(asked))
    .then(
      ({ Quota }) => Quota?.Value ?? null,
      () => null, // who may deploy need not be allowed to read quotas
    )
  return { account, region, concurrency }
}

async function clients() {
  try {
    const [sts, cloudformation, quotas] = await Promise.all([
      import('@aws-sdk/client-sts'),
      import('@aws-sdk/client-cloudformation'),
      import('@aws-sdk/client-service-quotas'),
    ])
    return { sts, cloudformation, quotas }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw failed(
      'the AWS clients of the deployment are not installed',
      'Try: npm install -D aws-cdk aws-cdk-lib constructs @aws-sdk/client-sts @aws-sdk/client-cloudformation @aws-sdk/client-service-quotas',
    )
  }
}

/** What is said before anything is asked. */
export function announcement({ account, region, concurrency }: Preflight, stack: string): string[] {
  const isScarce = concurrency !== null && concurrency < CONCURRENCY_AMPLE
  return [
    `${stack} goes to account ${account}, region ${region}.`,
    `It costs about $${COSTS.idleUsd} a month while nothing happens, and $${COSTS.millionUsd} per million webhooks (docs/deploy.md).`,
    ...(isScarce
      ? [
          `${concurrency} functions may run at once in this account: enough to begin with; raise ${CONCURRENCY_QUOTA} for more than some ten calls at once.`,
        ]
      : []),
  ]
}

/** The outputs of a stack by name. */
export async function outputsOf(region: string, stack: string): Promise<Map<string, string>> {
  const { cloudformation } = await clients()
  const { Stacks = [] } = await new cloudformation.CloudFormationClient({ region }).send(
    new cloudformation.DescribeStacksCommand({ StackName: stack }),
  )
  const outputs = Stacks[0]?.Outputs ?? []
  return new Map(
    outputs.map(({ OutputKey = '', OutputValue = '' }) => [
      // CDK puts the construct's name before and a hash behind.
      OutputKey.replace(/^Tripline/, '').replace(/[0-9A-F]{8}$/, ''),
      OutputValue,
    ]),
  )
}

async function cdkDeploy(terminal: Terminal, stage: string): Promise<void> {
  const arguments_ = ['cdk', 'deploy', '--require-approval', 'never', '-c', `stage=${stage}`]
  const child = spawn('npx', arguments_, { cwd: terminal.cwd, env: terminal.env, stdio: 'inherit' })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  if (code !== 0) {
    throw failed(
      'cdk deploy failed; what was there before is there still',
      'Its last lines say why.',
    )
  }
}

/**
 * Deploys the stack of this directory's CDK app, after a question, and answers its outputs.
 * @throws CommandError that names the fix, or when the person does not agree
 */
export async function deployStack(
  terminal: Terminal,
  { stage, ...flags }: StackFlags,
): Promise<Map<string, string>> {
  const stack = `Tripline-${stage}`
  const found = await preflight(terminal.env)
  for (const line of announcement(found, stack)) say(terminal, line)
  await confirm(terminal, flags, 'Deploy it?')
  await cdkDeploy(terminal, stage)
  const outputs = await outputsOf(found.region, stack)
  const [hooksUrl, apiUrl, secret] = ['HooksUrl', 'ApiUrl', 'AdminKeySecret'].map((name) => {
    const value = outputs.get(name)
    if (value === undefined) throw failed(`${stack} has no output ${name}`)
    return value
  }) as [string, string, string]
  await smokeTest({ hooksUrl, apiUrl, key: await stackKey(secret, found.region) })
  say(terminal, `It works: ${hooksUrl}<slug>, and PREFECT_API_URL=${apiUrl}`)
  return outputs
}

export const STAGE_FLAG = ['--stage <name>', 'the stack is Tripline-<stage>', 'prod'] as const

export function addAwsDeploy(program: Command, { terminal }: Session): void {
  const aws = program.command('aws').description('the stack in an AWS account')
  withExample(aws, 'tripline aws deploy')
  withExample(
    aws
      .command('deploy')
      .description(
        'deploy the stack: looks at the account, says what it costs, asks, deploys, tries',
      )
      .option(...STAGE_FLAG)
      .option(...YES_FLAG)
      .action(async (flags: StackFlags) => void (await deployStack(terminal, flags))),
    'tripline aws deploy',
    'tripline aws deploy --stage test --yes',
  )
}
