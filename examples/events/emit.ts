// Events of one's own, emitted within a flow: the run is their company without being named.
import { emitEvent, flow } from 'tripline'

const greet = flow(
  ({ names }: { names: string[] }) => {
    for (const name of names) {
      emitEvent({
        event: `${name}.sent.event!`,
        resource: { 'prefect.resource.id': `coder.${name}` },
      })
    }
  },
  { name: 'greet' },
)

await greet({ names: ['kevin', 'marvin'] })
