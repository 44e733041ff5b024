// The construct: tripline as a part of somebody's stack. It only composes; each part is a file beside this one.
import { CfnOutput, Lazy, Tags } from 'aws-cdk-lib'
import type { EventBus, EventPattern } from 'aws-cdk-lib/aws-events'
import type { IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { VariableName } from '../lib/names.ts'
import { alarms, type BudgetProps, budget } from './alarms.ts'
import { dashboard } from './dashboard.ts'
import { type Domain, doors, originSecretOf } from './doors.ts'
import { type Functions, functions } from './functions.ts'
import { bus, readQueue, readStreams } from './routing.ts'
import { routeFrames, sockets } from './sockets.ts'
import { storage } from './storage.ts'
import { wakes } from './wakes.ts'

export interface TriplineProps {
  /** Days that events, the feed and firings are kept. @default 7 */
  retentionDays?: number
  /**
   * Calls of webhooks worked on at once; more are turned away with 429. A new account has ten in all, and refuses to reserve
   * any of them. @default not reserved
   */
  ingestConcurrency?: number
  /** Batches of one shard worked on at once, 1 to 10. @default 1 */
  parallelization?: number
  /** Events whose name starts with one of these are put on the bus; `*` is all. $1 per million. @default none */
  publish?: string[]
  /** Events of the account's default bus that become ours, as `{ source: ['aws.s3'] }`. @default none */
  inbound?: EventPattern
  /** A host name of your own. @default CloudFront's */
  domain?: Domain
  /** ARN of a web ACL in us-east-1. @default none */
  webAclArn?: string
  /** How many automations and webhooks a workspace may have. @default 100,000 and 10,000 */
  quotas?: { automations?: number; webhooks?: number }
  /** Who is told of alarms. @default nobody: they are seen on the dashboard */
  alarmEmail?: string
  /** @default none */
  budget?: BudgetProps
  /** @default one month */
  logRetention?: RetentionDays
  /** Traces by X-Ray, $5 per million. @default false */
  traced?: boolean
  /** Tables, bodies and keys are deleted with the stack. @default false */
  disposable?: boolean
  /** Where alarms send their reader. @default docs/runbook.md */
  runbookUrl?: string
}

const RETENTION_DAYS = 7

/** Webhooks, events, triggers and runs, deployed. Any number fit into an account: nothing has a fixed name. */
export class Tripline extends Construct {
  /** Where webhooks are called: this and the slug. */
  readonly hooksUrl: string
  /** For PREFECT_API_URL. */
  readonly apiUrl: string
  /** Holds the first admin key: PREFECT_API_AUTH_STRING is `tripline:` and it. */
  readonly adminKey: Secret
  /** Put an event on it, and it becomes one of ours; those of `publish` come out. */
  readonly bus: EventBus
  /** For further grants and alarms. */
  readonly functions: Functions

  constructor(scope: Construct, id: string, props: TriplineProps = {}) {
    super(scope, id)
    const { retentionDays = RETENTION_DAYS, logRetention = RetentionDays.ONE_MONTH } = props
    const stored = storage(this, { retentionDays, isDisposable: props.disposable ?? false })
    const clock = wakes(this)
    const { bus: eventBus, arrivals } = bus(this, clock, props.inbound)
    const originSecret = originSecretOf(this)
    const socketApi = sockets(this)

    const values: Record<VariableName, string> = {
      eventsTable: stored.events.tableName,
      objectsTable: stored.objects.tableName,
      bodiesBucket: stored.bodies.bucketName,
      retentionDays: String(retentionDays),
      wakeQueueUrl: clock.queue.queueUrl,
      wakeQueueArn: clock.queue.queueArn,
      wakeGroup: clock.group,
      wakeRoleArn: clock.role.roleArn,
      lettersQueueArn: clock.letters.queueArn,
      lettersBucket: stored.letters.bucketName,
      bus: eventBus.eventBusName,
      publishPrefixes: (props.publish ?? []).join(','),
      secretsKeyArn: stored.key.keyArn,
      adminKeySecret: stored.adminKey.secretArn,
      originSecret,
      automationsMax: String(props.quotas?.automations ?? ''),
      webhooksMax: String(props.quotas?.webhooks ?? ''),
      socketEndpoint: socketApi.stage.callbackUrl,
      // What follows is made of the functions, or is one.
      publicUrl: Lazy.string({ produce: () => open.publicUrl }),
      evaluateFunction: Lazy.string({ produce: () => all.evaluate.functionName }),
      publishFunction: Lazy.string({ produce: () => all.publish.functionName }),
    }
    const all = functions(this, {
      storage: stored,
      wakes: clock,
      sockets: socketApi,
      values,
      logRetention,
      isTraced: props.traced ?? false,
      ingestConcurrency: props.ingestConcurrency,
    })
    for (const teller of [all.publish, all.wake]) eventBus.grantPutEventsTo(teller)
    readStreams(all, stored, props.parallelization ?? 1)
    readQueue(all.wake, clock.queue)
    readQueue(all.accept, arrivals)
    routeFrames(this, socketApi, all.socket, arrivals)

    const { domain, webAclArn } = props
    const open = doors(this, {
      functions: all,
      sockets: socketApi,
      originSecret,
      logRetention,
      domain,
      webAclArn,
    })
    const watched = { functions: all, storage: stored, wakes: clock }
    const promised = alarms(this, {
      ...watched,
      rest: open.rest,
      sockets: socketApi,
      email: props.alarmEmail,
      runbookUrl: props.runbookUrl ?? 'docs/runbook.md',
    })
    dashboard(this, { ...watched, alarms: promised, doors: open })
    if (props.budget) budget(this, props.budget)
    Tags.of(this).add('tripline', this.node.path)

    this.hooksUrl = `${open.hooksUrl}hooks/`
    this.apiUrl = open.apiUrl
    this.adminKey = stored.adminKey
    this.bus = eventBus
    this.functions = all
    new CfnOutput(this, 'HooksUrl', {
      value: this.hooksUrl,
      description: 'Webhooks: this and the slug',
    })
    new CfnOutput(this, 'ApiUrl', { value: this.apiUrl, description: 'PREFECT_API_URL' })
    new CfnOutput(this, 'AdminKeySecret', {
      value: this.adminKey.secretArn,
      description: 'The secret that holds PREFECT_API_KEY',
    })
  }

  /** Lets work pools of type `lambda` launch runs by a function, such as one that `toLambda` made. */
  launchBy(launched: IFunction): void {
    launched.grantInvoke(this.functions.wake)
  }

  /** Lets another part of your stack put events on the bus. */
  grantPutEvents(grantee: IGrantable): void {
    this.bus.grantPutEventsTo(grantee)
  }
}
