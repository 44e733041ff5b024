// What actions reach others by, from this process: requests, e-mail, event buses. Each is loaded when it is first used. What a developer's
// machine may do and a deployment may not is said here, and has to be asked for.
import { outbound } from '../aws/outbound.ts'
import type { HandedOver } from '../core/outgoing.ts'
import type { EventBuses, Services } from '../core/ports.ts'

export interface CarrierOptions {
  /** Webhooks and mail servers on this machine may be reached, at any port. @default false */
  allowLoopback?: boolean
  /** The name or the ARN of an EventBridge bus, reached with the AWS SDK's own settings and credentials. @default none */
  eventBus?: string | undefined
}

export function localCarriers({
  allowLoopback = false,
  eventBus,
}: CarrierOptions): Pick<Services, 'outbound' | 'mail' | 'eventBuses' | 'lambdas'> {
  return {
    outbound: outbound({ allowLoopback }),
    mail: {
      async send(mail) {
        const { smtpMail } = await import('../aws/mail.ts')
        return smtpMail({ allowLoopback }).send(mail)
      },
    },
    eventBuses: eventBus === undefined ? noEventBus : eventBusOf(eventBus),
    lambdas: {
      async invoke(...message) {
        const { lambdas } = await import('../aws/lambdas.ts')
        return lambdas().invoke(...message)
      },
    },
  }
}

/** Also for actions that name a bus: nobody's account is used without having been told to. */
const noEventBus: EventBuses = {
  async put(): Promise<HandedOver> {
    const reason =
      'no event bus is configured; set TRIPLINE_EVENT_BUS to the name or the ARN of one, and AWS_REGION and credentials as for ' +
      'any AWS tool, and start again'
    return { kind: 'refused', reason }
  },
}

function eventBusOf(bus: string): EventBuses {
  let loaded: Promise<EventBuses> | null = null
  const load = async () => {
    const [{ eventBuses }, { EventBridgeClient }] = await Promise.all([
      import('../aws/event-buses.ts'),
      import('@aws-sdk/client-eventbridge'),
    ])
    return eventBuses({ client: new EventBridgeClient(), bus })
  }
  return {
    async put(entry) {
      loaded ??= load()
      return (await loaded).put(entry)
    },
  }
}
