// The deployment as its template, without bundles: what the code is does not matter here, and esbuild takes seconds.
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { Tripline, type TriplineProps } from '../../infra/tripline.ts'

export interface Deployed {
  app: App
  stack: Stack
  template: Template
}

export function deployed(props: TriplineProps = {}, name = 'Bakery'): Deployed {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  const stack = new Stack(app, name)
  new Tripline(stack, 'Tripline', props)
  return { app, stack, template: Template.fromStack(stack) }
}

export interface Resource {
  Type: string
  Properties: Record<string, unknown>
  DeletionPolicy?: string
}

/** Resources of a type by logical id. */
export const resourcesOf = ({ template }: Deployed, type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][]

/** The function deployed from a file of functions/. */
export function functionOf(deployment: Deployed, name: string): Resource {
  const found = resourcesOf(deployment, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties.Description === `functions/${name}.ts`,
  )
  if (!found) throw new Error(`functions/${name}.ts is not deployed`)
  return found[1]
}
