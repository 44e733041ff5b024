// What is deployed, read from the template: as a whole against the golden one, and promise by promise.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Match } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts'
import type { TriplineProps } from '../../infra/tripline.ts'
import { READ_BY, readEnvironment } from '../../lib/aws/environment.ts'
import { VARIABLE } from '../../lib/names.ts'
import { deployed, functionOf, type Resource, resourcesOf } from './deployed.ts'

const ROOT = join(import.meta.dirname, '../..')
const NAMES = Object.keys(FUNCTIONS) as FunctionName[]
const deployment = deployed()
const { template } = deployment

const EVERYTHING: TriplineProps = {
  alarmEmail: 'baker@example.com',
  budget: { monthlyUsd: 20, email: 'baker@example.com' },
  inbound: { source: ['aws.s3'] },
  ingestConcurrency: 50,
  publish: ['*'],
  traced: true,
  webAclArn: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b',
}

/** As text, so that a token counts as a value. */
function environmentOf(name: FunctionName): Record<string, string> {
  const { Environment } = functionOf(deployment, name).Properties as {
    Environment?: { Variables: Record<string, unknown> }
  }
  const variables = Object.entries(Environment?.Variables ?? {})
  return Object.fromEntries(
    variables.map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}

describe('the template', () => {
  it('is the golden one, but for the hashes of assets', async () => {
    const json = JSON.stringify(template.toJSON(), null, 2).replaceAll(/[0-9a-f]{64}/g, '<hash>')

    await expect(`${json}\n`).toMatchFileSnapshot('golden.template.json')
  })

  it.each([
    ['as it comes', {}],
    ['with everything switched on', EVERYTHING],
  ])('has, %s, no finding of cdk-nag that is not answered with a reason', (_, props) => {
    const { app } = deployed(props)

    const { violations } = new AwsSolutionsChecks(app).validateScope(app)

    expect(violations.map(({ ruleName }) => ruleName)).toEqual([])
  })

  it('has no fixed names, so that a second deployment fits beside the first', () => {
    const first = namesIn('First')
    const second = namesIn('Second')

    expect(first.length).toBeGreaterThan(0)
    expect(first.filter((name) => second.includes(name))).toEqual([])
  })
})

/** Names that the template gives itself to resources whose name must be theirs alone. */
function namesIn(stackName: string): string[] {
  // An API is known by its id, and an inline policy by its role.
  const shared = ['AWS::ApiGatewayV2::Api', 'AWS::IAM::Policy']
  const { Resources } = deployed({}, stackName).template.toJSON() as {
    Resources: Record<string, Resource>
  }
  return Object.values(Resources)
    .filter(({ Type }) => !shared.includes(Type))
    .flatMap(({ Properties = {} }) =>
      Object.entries(Properties).filter(([key]) => /^([A-Z]\w+)?Name$/.test(key)),
    )
    .flatMap(([key, value]) =>
      typeof value === 'string' && !['StageName', 'MetricName'].includes(key) ? [value] : [],
    )
}

describe('functions', () => {
  it('are the files of functions/, all of them and no others', () => {
    const files = readdirSync(join(ROOT, 'functions')).map((file) => file.replace(/\.ts$/, ''))

    expect(NAMES.toSorted()).toEqual(files.toSorted())
    expect(Object.keys(READ_BY).toSorted()).toEqual(files.toSorted())
  })

  it.each(NAMES)('%s finds in its environment what it reads, and nothing else', (name) => {
    const environment = environmentOf(name)

    expect(() => readEnvironment(name, environment)).not.toThrow()
    expect(Object.keys(environment).toSorted()).toEqual(
      READ_BY[name].map((variable) => VARIABLE[variable]).toSorted(),
    )
  })

  it.each(NAMES)('%s asks for the environment of its own name', (name) => {
    const source = readFileSync(join(ROOT, 'functions', `${name}.ts`), 'utf8')

    expect(source).toContain(`readEnvironment('${name}')`)
    expect(source.split('\n').length).toBeLessThanOrEqual(15)
  })

  it.each(NAMES)('%s runs on Node 22, arm64, with logs that expire', (name) => {
    expect(functionOf(deployment, name).Properties).toMatchObject({
      Runtime: 'nodejs22.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' },
    })
    for (const [, { Properties }] of resourcesOf(deployment, 'AWS::Logs::LogGroup')) {
      expect(Properties.RetentionInDays).toBe(30)
    }
  })

  it('reserve no concurrency unless told to: a new account has none to spare', () => {
    const told = deployed({ ingestConcurrency: 50 })

    expect(
      functionOf(deployment, 'receive').Properties.ReservedConcurrentExecutions,
    ).toBeUndefined()
    expect(functionOf(told, 'receive').Properties.ReservedConcurrentExecutions).toBe(50)
  })
})

describe('what is stored', () => {
  it('outlives the stack and can be restored', () => {
    const tables = resourcesOf(deployment, 'AWS::DynamoDB::Table')

    expect(tables).toHaveLength(2)
    for (const [, table] of tables) {
      expect(table.DeletionPolicy).toBe('Retain')
      expect(table.Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'x', Enabled: true },
      })
    }
  })

  it('goes with the stack when it is said to be disposable', () => {
    const tables = resourcesOf(deployed({ disposable: true }), 'AWS::DynamoDB::Table')

    expect(tables.map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual(['Delete', 'Delete'])
  })

  it('streams new items of one table, and both images of the other', () => {
    const views = resourcesOf(deployment, 'AWS::DynamoDB::Table').map(
      ([, { Properties }]) =>
        (Properties.StreamSpecification as { StreamViewType: string }).StreamViewType,
    )

    expect(views.toSorted()).toEqual(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE'])
  })
})

describe('streams', () => {
  const mappings = resourcesOf(deployment, 'AWS::Lambda::EventSourceMapping')
    .map(([, { Properties }]) => Properties)
    .filter(({ StartingPosition }) => StartingPosition !== undefined)

  it('have two readers each, as many as AWS allows without throttling', () => {
    const sources = mappings.map(({ EventSourceArn }) => JSON.stringify(EventSourceArn))

    expect(sources).toHaveLength(4)
    for (const source of sources) expect(sources.filter((s) => s === source)).toHaveLength(2)
  })

  it('lose nothing: bisected, retried for six hours, then whole into the bucket of dead letters', () => {
    for (const mapping of mappings) {
      expect(mapping).toMatchObject({
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRecordAgeInSeconds: 6 * 3600,
        StartingPosition: 'TRIM_HORIZON',
        ParallelizationFactor: 1,
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
      })
      expect(mapping.MaximumRetryAttempts).toBeUndefined()
    }
  })

  it('wake a function only for what it reads', () => {
    const patterns = mappings.flatMap(({ FilterCriteria }) =>
      (FilterCriteria as { Filters: { Pattern: string }[] }).Filters.map(
        ({ Pattern }) => JSON.parse(Pattern) as Record<string, unknown>,
      ),
    )

    expect(patterns).toContainEqual({
      eventName: ['INSERT'],
      dynamodb: { NewImage: { k: { S: ['firing'] } } },
    })
    expect(patterns).toContainEqual({ eventName: ['INSERT'] })
    expect(patterns).toContainEqual({
      eventName: ['MODIFY'],
      dynamodb: { NewImage: { k: { S: ['mark'] } } },
    })
    expect(patterns.filter(({ eventName }) => String(eventName) === 'REMOVE')).toHaveLength(1)
  })
})

describe('doors', () => {
  it('are three behind one host: hooks are open, API and sockets ask for a key', () => {
    template.resourceCountIs('AWS::Lambda::Url', 1)
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' })
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        CacheBehaviors: [
          '/hooks/*',
          '/api/events/in',
          '/api/accounts/*/workspaces/*/events/in',
          '/api/events/out',
          '/api/accounts/*/workspaces/*/events/out',
        ].map((PathPattern) => Match.objectLike({ PathPattern })),
        DefaultCacheBehavior: { ViewerProtocolPolicy: 'https-only' },
      },
    })
    for (const name of ['api', 'socket'] as const) {
      expect(environmentOf(name)).toHaveProperty('ADMIN_KEY_SECRET')
    }
  })

  it('hand the path of a socket on as a query parameter', () => {
    const code = resourcesOf(deployment, 'AWS::CloudFront::Function')
      .map(([, { Properties }]) => String(Properties.FunctionCode))
      .find((text) => text.includes('querystring'))
    const carryPath = new Function('event', `${code}; return handler(event)`)

    const request = carryPath({ request: { uri: '/api/events/in', querystring: {} } })

    expect(request).toEqual({
      uri: '/v1',
      querystring: { path: { value: '%2Fapi%2Fevents%2Fin' } },
    })
  })

  it('lead frames with a type to the function, and all others into the queue, with their connection', () => {
    const routes = resourcesOf(deployment, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) =>
      String(Properties.RouteKey),
    )

    expect(routes).toEqual(
      expect.arrayContaining(['$connect', '$disconnect', 'auth', 'filter', '$default']),
    )
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.type',
    })
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS',
      RequestTemplates: {
        $default:
          'Action=SendMessage&MessageBody=$util.urlEncode($input.body)&MessageAttribute.1.Name=connection&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=$util.urlEncode($context.connectionId)',
      },
    })
  })
})

describe('the bus', () => {
  it('takes in everything but our own', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: [{ 'anything-but': ['tripline'] }] },
    })
  })

  it('takes in events of the default bus where told to', () => {
    const told = deployed({ inbound: { source: ['aws.s3'] } })

    told.template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.absent(),
      EventPattern: { source: ['aws.s3'] },
    })
  })
})

describe('alarms', () => {
  const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8')
  const sections = [...runbook.matchAll(/^## ([a-z-]+)$/gm)].map(([, name]) => name)
  const described = resourcesOf(deployment, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) =>
    String(Properties.AlarmDescription),
  )

  it('each name a section of the runbook, and each section is some alarm’s', () => {
    const named = described.map((text) => text.split('docs/runbook.md#')[1])

    expect(named.toSorted()).toEqual(sections.toSorted())
  })

  it('tell somebody when an address is given', () => {
    const told = deployed({ alarmEmail: 'baker@example.com' })

    for (const [, { Properties }] of resourcesOf(told, 'AWS::CloudWatch::Alarm')) {
      expect(Properties.AlarmActions).toHaveLength(1)
    }
  })

  it('are followed by a budget when one is given', () => {
    const told = deployed({ budget: { monthlyUsd: 20, email: 'baker@example.com' } })

    told.template.resourceCountIs('AWS::Budgets::Budget', 1)
  })
})

describe('roles', () => {
  it('are one per function, two for Scheduler and the WebSocket API, and none has a managed policy', () => {
    const roles = resourcesOf(deployment, 'AWS::IAM::Role')

    expect(roles).toHaveLength(NAMES.length + 2)
    for (const [, { Properties }] of roles) expect(Properties.ManagedPolicyArns).toBeUndefined()
  })

  it('name every action', () => {
    const actions = JSON.stringify(
      resourcesOf(deployment, 'AWS::IAM::Policy').map(([, { Properties }]) => Properties),
    ).matchAll(/"[a-z0-9]+:[A-Za-z]*\*[A-Za-z]*"/g)

    expect([...actions].map(String)).toEqual([])
  })
})
