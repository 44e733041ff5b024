// The CDK app: one use of the construct. `-c stage=NAME` makes a second deployment beside the first; the other settings are
// context too, so that a deployment is a command and no edit.
import { App, Stack, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Tripline, type TriplineProps } from './tripline.ts'

const app = new App()
const setting = (name: string): string | undefined => app.node.tryGetContext(name)

const stage = setting('stage') ?? 'prod'
const props: TriplineProps = {
  disposable: setting('disposable') === 'true',
  traced: setting('traced') === 'true',
  publish: setting('publish')?.split(',') ?? [],
  ...number('retentionDays'),
  ...number('ingestConcurrency'),
  ...number('parallelization'),
  ...(setting('alarmEmail') !== undefined && { alarmEmail: setting('alarmEmail') as string }),
}

const stack = new Stack(app, `Tripline-${stage}`, {
  description: 'Webhooks, events and triggers that start runs',
  terminationProtection: !props.disposable,
})
new Tripline(stack, 'Tripline', props)
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))

/** A setting that is a number, under its name; nothing when it is not set. */
function number<K extends string>(name: K): { [k in K]?: number } {
  const text = setting(name)
  if (text === undefined) return {}
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`-c ${name}=${text}: not a whole number`)
  return { [name]: value } as { [k in K]: number }
}
