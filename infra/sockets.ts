// The WebSocket API: beginnings, ends and frames with a `type` go to `socket`; all others are events and go straight into the queue
// of arrivals, so that a client that sends many waits for no function.
import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PassthroughBehavior, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import {
  WebSocketAwsIntegration,
  WebSocketLambdaIntegration,
} from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { SOCKET } from '../lib/names.ts'
import { acknowledge } from './acknowledge.ts'

/** A WebSocket API has no root: this is part of its address. */
export const STAGE = 'v1'
/** Types of frames that are no events (lib/http/gateway-sockets.ts); any other frame is taken for one. */
const FRAME_TYPES = ['auth', 'filter']

export type Sockets = ReturnType<typeof sockets>

/** The API by itself: functions need its address before its routes can lead to them. */
export function sockets(scope: Construct) {
  const api = new WebSocketApi(scope, 'Sockets', {
    description: '/api/events/in and /api/events/out',
    routeSelectionExpression: '$request.body.type',
  })
  const stage = new WebSocketStage(scope, 'SocketsStage', {
    webSocketApi: api,
    stageName: STAGE,
    autoDeploy: true,
  })
  acknowledge(stage, {
    'AwsSolutions-APIG1':
      "Access logs of a WebSocket API need a role in the account's own settings, of which there is one for all that is in the account. Who connects is in the log of the function.",
  })
  /** Where messages to a client, and its end, are asked for. */
  const connections = Stack.of(scope).formatArn({
    service: 'execute-api',
    resource: api.apiId,
    resourceName: `${STAGE}/*/@connections/*`,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  })
  return { api, stage, connections }
}

export function routeFrames(
  scope: Construct,
  { api }: Sockets,
  socket: LambdaFunction,
  arrivals: Queue,
): void {
  const toFunction = new WebSocketLambdaIntegration('SocketIntegration', socket)
  for (const route of ['$connect', '$disconnect', ...FRAME_TYPES]) {
    const made = api.addRoute(route, { integration: toFunction })
    acknowledge(made, { 'AwsSolutions-APIG4': KEY_REASON })
  }
  const made = api.addRoute('$default', { integration: toQueue(scope, arrivals) })
  acknowledge(made, { 'AwsSolutions-APIG4': KEY_REASON })
}

const KEY_REASON =
  "Prefect's client shows its key in the first frame, and lib/http/gateway-sockets.ts asks for it there: nothing is taken from, or told to, a connection before."

/** SQS's SendMessage, with the frame as it came and the connection beside it. */
function toQueue(scope: Construct, arrivals: Queue): WebSocketAwsIntegration {
  const { partition, region, account } = Stack.of(scope)
  const role = new Role(scope, 'FramesRole', {
    description: 'By which the WebSocket API writes frames to the queue of arrivals',
    assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
  })
  arrivals.grantSendMessages(role)
  const message = [
    'Action=SendMessage',
    'MessageBody=$util.urlEncode($input.body)',
    `MessageAttribute.1.Name=${SOCKET.frame}`,
    'MessageAttribute.1.Value.DataType=String',
    'MessageAttribute.1.Value.StringValue=$util.urlEncode($context.connectionId)',
  ].join('&')
  return new WebSocketAwsIntegration('FramesIntegration', {
    integrationUri: `arn:${partition}:apigateway:${region}:sqs:path/${account}/${arrivals.queueName}`,
    integrationMethod: 'POST',
    credentialsRole: role,
    passthroughBehavior: PassthroughBehavior.NEVER,
    requestParameters: {
      'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'",
    },
    templateSelectionExpression: '\\$default',
    requestTemplates: { $default: message },
  })
}
