// What comes after the bakery: opens once for every batch of bread.
import { DeploymentEventTrigger, flow } from 'tripline'

const shop = flow(({ loaves }: { loaves: number }) => `${loaves} loaves for sale`, { name: 'shop' })

await shop.serve({
  name: 'opens',
  triggers: [
    DeploymentEventTrigger({
      expect: 'bread.baked',
      parameters: { loaves: '{{ event.payload.loaves }}' },
    }),
  ],
})
