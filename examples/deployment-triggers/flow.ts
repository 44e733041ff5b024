// The flows that the triggers of this folder run. Prefect's page has `param_1: str`, which an event is not: here it is what it is.
import { type Event, flow } from 'tripline'

export const decoratedFn = flow(
  async ({ param_1 }: { param_1: Event }) => {
    console.log(param_1.event)
    return param_1.event
  },
  { name: 'decorated_fn', logPrints: true },
)

export const executeCampaign = flow(
  async ({ campaign_id }: { campaign_id: string }) => `executed ${campaign_id}`,
  { name: 'execute_campaign' },
)
