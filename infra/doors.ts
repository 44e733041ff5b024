// The doors: hooks have a function URL of their own, the API an HTTP API, and CloudFront is one host before both.
import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { FunctionUrlOrigin, HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { HEADER, SOCKET } from '../lib/names.ts'
import { acknowledge } from './acknowledge.ts'
import type { Functions } from './functions.ts'
import { type Sockets, STAGE } from './sockets.ts'

/** A name of your own for the whole: the certificate must be in us-east-1, where CloudFront looks for it. */
export interface Domain {
  name: string
  certificate: ICertificate
}

export interface DoorsProps {
  functions: Functions
  sockets: Sockets
  /** What CloudFront shows to the API, so that the API believes the host it names. */
  originSecret: string
  logRetention: RetentionDays
  domain: Domain | undefined
  /** ARN of a web ACL in us-east-1. */
  webAclArn: string | undefined
}

export type Doors = ReturnType<typeof doors>

/** Tells the API which host was asked, which CloudFront replaces by the origin's. */
const KEEP_HOST = `function handler(event) {
  var request = event.request
  request.headers['${HEADER.host}'] = { value: request.headers.host.value }
  return request
}`

/** Paths of the sockets, which an HTTP API does not know: of one's own workspace, and of one that is named. */
const SOCKET_PATHS = ['in', 'out'].flatMap((direction) => [
  `/api/events/${direction}`,
  `/api/accounts/*/workspaces/*/events/${direction}`,
])

/** A WebSocket API has no paths, so what was asked for goes along as a query parameter. */
const CARRY_PATH = `function handler(event) {
  var request = event.request
  request.querystring = { '${SOCKET.path}': { value: encodeURIComponent(request.uri) } }
  request.uri = '/${STAGE}'
  return request
}`

export function doors(scope: Construct, props: DoorsProps) {
  const { receive, api } = props.functions
  const hooks = receive.addFunctionUrl({ authType: FunctionUrlAuthType.NONE })
  const rest = new HttpApi(scope, 'Rest', {
    description: "Prefect's REST API and ours",
    createDefaultStage: false,
    defaultIntegration: new HttpLambdaIntegration('ApiIntegration', api),
  })
  acknowledge(rest, {
    'AwsSolutions-APIG4':
      "Whoever calls must have the key, which the function checks: Prefect's clients know neither IAM nor JWT.",
  })
  const stage = restStage(scope, rest, props.logRetention)

  const keepHost = new EdgeFunction(scope, 'KeepHost', {
    comment: 'Host into a header that survives the way to the origin',
    code: FunctionCode.fromInline(KEEP_HOST),
    runtime: FunctionRuntime.JS_2_0,
  })
  const carryPath = new EdgeFunction(scope, 'CarryPath', {
    comment: 'The path of a socket into a query parameter, for its API has none',
    code: FunctionCode.fromInline(CARRY_PATH),
    runtime: FunctionRuntime.JS_2_0,
  })
  const behavior = (origin: BehaviorOptions['origin'], edge = keepHost): BehaviorOptions => ({
    origin,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
    functionAssociations: [{ function: edge, eventType: FunctionEventType.VIEWER_REQUEST }],
  })
  const { region, urlSuffix } = Stack.of(scope)
  const restOrigin = new HttpOrigin(`${rest.apiId}.execute-api.${region}.${urlSuffix}`, {
    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
    customHeaders: { [HEADER.origin]: props.originSecret },
    readTimeout: Duration.seconds(30),
  })
  const socketOrigin = new HttpOrigin(
    `${props.sockets.api.apiId}.execute-api.${region}.${urlSuffix}`,
    { protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY },
  )
  const front = new Distribution(scope, 'Front', {
    comment: 'tripline: one host for hooks and API',
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_100,
    defaultBehavior: behavior(restOrigin),
    additionalBehaviors: {
      '/hooks/*': behavior(new FunctionUrlOrigin(hooks)),
      ...Object.fromEntries(SOCKET_PATHS.map((path) => [path, behavior(socketOrigin, carryPath)])),
    },
    ...(props.webAclArn !== undefined && { webAclId: props.webAclArn }),
    ...(props.domain && {
      domainNames: [props.domain.name],
      certificate: props.domain.certificate,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
    }),
  })
  acknowledge(front, FRONT_REASONS)

  const host = props.domain?.name ?? front.distributionDomainName
  const publicUrl = `https://${host}`
  return { hooksUrl: hooks.url, publicUrl, apiUrl: `${publicUrl}/api`, rest, stage, front }
}

function restStage(scope: Construct, rest: HttpApi, retention: RetentionDays): HttpStage {
  const log = new LogGroup(scope, 'RestAccessLog', {
    retention,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  return new HttpStage(scope, 'RestStage', {
    httpApi: rest,
    stageName: '$default',
    autoDeploy: true,
    accessLogSettings: { destination: new LogGroupLogDestination(log) },
  })
}

/** No credential: it only proves that a request came through CloudFront. The key is asked for in either case. */
export const originSecretOf = (scope: Construct): string =>
  Fn.select(2, Fn.split('/', Stack.of(scope).stackId))

const FRONT_REASONS = {
  'AwsSolutions-CFR1':
    'Senders of webhooks are anywhere; who must exclude countries gives a web ACL.',
  'AwsSolutions-CFR2':
    'A web ACL costs more at rest than everything else here together, so it is a property (webAclArn), not a default.',
  'AwsSolutions-CFR3':
    'The API has access logs of its own. Those of CloudFront would hold the slugs of webhooks, which are secrets.',
  'AwsSolutions-CFR4':
    "Without a domain of one's own the certificate is CloudFront's, whose protocol cannot be chosen; with one it is TLS 1.2 (2021).",
}
