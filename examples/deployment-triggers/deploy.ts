// A deployment for a work pool that runs when both events have come. The image is named only: build and push are Docker's.
import { DeploymentCompoundTrigger } from 'tripline'
import { decoratedFn } from './flow.ts'

const match = { 'prefect.resource.id': 'my.external.resource' }

await decoratedFn.deploy({
  name: 'my-deployment',
  workPoolName: 'my-work-pool',
  entrypoint: 'flow.ts:decoratedFn',
  image: 'my-image-registry/my-image:my-tag',
  build: false,
  push: false,
  triggers: [
    DeploymentCompoundTrigger({
      enabled: true,
      name: 'my-compound-trigger',
      require: 'all',
      triggers: [
        { type: 'event', match, expect: ['external.resource.pinged'] },
        { type: 'event', match, expect: ['external.resource.replied'] },
      ],
      parameters: { param_1: '{{ event }}' },
    }),
  ],
})
