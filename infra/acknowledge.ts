// Findings of cdk-nag that are right in general and wrong here, each with its reason, at the construct they are about.
import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Rules to the reasons why they do not hold for a construct and what is in it. */
export function acknowledge(construct: IConstruct, reasons: Record<string, string>): void {
  for (const [id, reason] of Object.entries(reasons)) {
    Validations.of(construct).acknowledge({ id, reason })
  }
}

/** A role's resource that ends in a wildcard, and why it must. */
export function acknowledgeWildcard(role: IConstruct, resource: string, reason: string): void {
  const text = asWritten(Stack.of(role).resolve(resource))
  acknowledge(role, { [`AwsSolutions-IAM5[Resource::${text}]`]: reason })
}

type Intrinsic =
  | { Ref: string }
  | { 'Fn::GetAtt': [string, string] }
  | { 'Fn::Join': [string, Resolved[]] }
type Resolved = string | Intrinsic

/** A resource as cdk-nag writes it: `<LogicalId.Arn>/*`. */
function asWritten(resolved: Resolved): string {
  if (typeof resolved === 'string') return resolved
  if ('Ref' in resolved) return `<${resolved.Ref}>`
  if ('Fn::GetAtt' in resolved) return `<${resolved['Fn::GetAtt'].join('.')}>`
  const [separator, parts] = resolved['Fn::Join']
  return parts.map(asWritten).join(separator)
}
