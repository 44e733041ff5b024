// Shapes of events, of pages of them, and of the chain that one stands in.
import { z } from 'zod'
import { count, id, instant, json, labels, named, text, words } from './fields.ts'

export const event = named('Event', {
  id,
  event: text,
  occurred: instant,
  received: instant,
  resource: labels,
  related: z.array(labels),
  payload: json,
  follows: id.nullable(),
})

/** As its sender means it: `received` is ours to add. */
export const eventDraft = named('EventDraft', event.omit({ received: true }).shape)

export const eventPage = named('EventPage', {
  events: z.array(event),
  total: count,
  next_page: words,
  total_is_lower_bound: z.literal(true).exactOptional(),
})

export const eventCount = named('EventCount', {
  value: text,
  label: text,
  count,
  start_time: instant,
  end_time: instant,
})

export const chain = named('EventChain', {
  events: z.array(
    named('ChainEvent', {
      ...event.pick({ id: true, event: true, occurred: true, resource: true }).shape,
      cause: id.nullable(),
      link: z.enum(['follows', 'fired', 'acted', 'ran']).nullable(),
    }),
  ),
  is_whole: z.boolean(),
})
