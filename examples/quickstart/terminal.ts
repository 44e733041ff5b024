// How the quickstart looks: steps, a table, colours where they are wanted.
import { styleText } from 'node:util'
import type { Event } from '../../lib/sdk/index.ts'
import type { Promised } from './verdict.ts'

const isColourful = process.stdout.isTTY && !process.env.NO_COLOR

type Format = Parameters<typeof styleText>[0]
const paint = (format: Format, text: string) => (isColourful ? styleText(format, text) : text)

export const step = (text: string) => console.log(`${paint('cyan', '▸')} ${text}`)
export const aside = (text: string) => console.log(paint('dim', `  ${text}`))
export const failure = (text: string) => console.error(`${paint('red', '✗')} ${text}`)

export function printPromises(promises: Promised[]): void {
  for (const { claim, holds } of promises) {
    console.log(`${holds ? paint('green', '✓') : paint('red', '✗')} ${claim}`)
  }
}

const SHOWN: Format[] = ['cyan', 'yellow', 'green']
const FAMILIES = ['webhook.', 'prefect.result.', 'prefect.flow-run.']

/** Events, oldest first, with their time and the seconds since the first. */
export function printFeed(events: Event[]): void {
  const first = Date.parse(events[0]?.occurred ?? '')
  const width = Math.max(0, ...events.map(({ event }) => event.length))
  console.log(
    paint(
      'bold',
      `\n  ${'time'.padEnd(12)}   ${'+s'.padStart(6)}   ${'event'.padEnd(width)}   resource`,
    ),
  )
  for (const { occurred, event, resource } of events) {
    const family = FAMILIES.findIndex((prefix) => event.startsWith(prefix))
    const since = ((Date.parse(occurred) - first) / 1000).toFixed(2).padStart(6)
    const name = paint(SHOWN[family] ?? 'reset', event.padEnd(width))
    const label = resource['prefect.resource.name'] ?? resource['prefect.resource.id']
    console.log(`  ${occurred.slice(11, 23)}   ${since}   ${name}   ${label}`)
  }
  console.log()
}
