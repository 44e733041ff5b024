// A served deployment that runs when an event comes.
import { DeploymentEventTrigger } from 'tripline'
import { decoratedFn } from './flow.ts'

await decoratedFn.serve({
  name: 'my-deployment',
  triggers: [
    DeploymentEventTrigger({
      enabled: true,
      match: { 'prefect.resource.id': 'my.external.resource' },
      expect: ['external.resource.pinged'],
      parameters: { param_1: '{{ event }}' },
    }),
  ],
})
