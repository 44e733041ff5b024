// What roles allow, read from the template: each permission as an action on a thing that a call of the double can be compared with.
import { type Deployed, functionOf, type Resource, resourcesOf } from './deployed.ts'

interface Statement {
  Action: string | string[]
  Resource: unknown
}

/** Things by what their ARN looks like once it is text. */
const THINGS: [RegExp, string][] = [
  [/"TriplineObjects\w+","Arn"\]\},"\/index\/(\w+)"/, 'objects/$1'],
  [/"TriplineEvents\w+","Arn"\]\}$/, 'events'],
  [/"TriplineObjects\w+","Arn"\]\}$/, 'objects'],
  [/"Tripline(Events|Objects)\w+","StreamArn"\]\}$/, 'stream'],
  [/"TriplineBodies\w+","Arn"\](\},"\/\*"\]\])?\}$/, 'bodies'],
  [/"TriplineLetters\w+","Arn"\](\},"\/\*"\]\])?\}$/, 'letters'],
  [/"TriplineWakeQueue\w+","Arn"\]\}$/, 'wakes'],
  [/"TriplineArrivalsQueue\w+","Arn"\]\}$/, 'arrivals'],
  [/"TriplineScheduleRole\w+","Arn"\]\}$/, 'scheduleRole'],
  [/:scheduler:.*:schedule\/[\w-]+\/\*"/, 'schedules'],
  [/:execute-api:.*\/v1\/\*\/@connections\/\*"/, 'sockets'],
  [/"TriplineBus\w+","Arn"\]\}$/, 'bus'],
  [/"TriplineKey\w+","Arn"\]\}$/, 'key'],
  [/"TriplineAdminKey\w+"\}$/, 'adminKey'],
  [/"Tripline\w+Log\w+","Arn"\]\}$/, 'log'],
  [/"Tripline(Evaluate|Publish|Act|Announce)\w+","Arn"\]\}$/, 'function $1'],
  [/^"\*"$/, '*'],
]

/** `dynamodb:GetItem on objects` for each that a function's role allows. Fails on a resource that it does not know. */
export function allowedTo(deployment: Deployed, name: string): Set<string> {
  const allowed = statementsOf(deployment, functionOf(deployment, name)).flatMap(
    ({ Action, Resource }) =>
      [Resource].flat().flatMap((resource) => {
        const thing = thingOf(JSON.stringify(resource))
        return [Action].flat().map((action) => `${action} on ${thing}`)
      }),
  )
  return new Set(allowed)
}

function thingOf(resource: string): string {
  for (const [pattern, thing] of THINGS) {
    const found = pattern.exec(resource)
    if (found) return thing.replace('$1', (found[1] ?? '').toLowerCase())
  }
  throw new Error(`a role allows something on ${resource}`)
}

function statementsOf(deployment: Deployed, { Properties }: Resource): Statement[] {
  const [role] = (Properties.Role as { 'Fn::GetAtt': [string] })['Fn::GetAtt']
  return resourcesOf(deployment, 'AWS::IAM::Policy')
    .filter(([, policy]) => JSON.stringify(policy.Properties.Roles).includes(`"${role}"`))
    .flatMap(
      ([, policy]) => (policy.Properties.PolicyDocument as { Statement: Statement[] }).Statement,
    )
}
