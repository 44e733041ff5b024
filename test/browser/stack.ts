// The whole of tripline with a browser in front of it: what a person has who typed `npm start` and opened the page.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { CarrierOptions } from '../../lib/local/carriers.ts'
import { type LocalServer, startLocal } from '../../lib/local/server.ts'
import { localApp } from '../../lib/local/services.ts'
import { startChromium } from './chromium.ts'

/** Where pictures go, to be looked at. */
export const PICTURES = join(import.meta.dirname, 'screenshots')

/** Whether a page is wider than its window. */
export const WIDER = 'document.documentElement.scrollWidth > innerWidth'

const quiet = () => {}

export interface BrowserStack {
  server: LocalServer
  browser: Browser
  /** Asks the API. */
  say(method: string, path: string, body?: unknown): Promise<ReturnType<typeof JSON.parse>>
  stop(): Promise<void>
}

export async function startStack(carriers: CarrierOptions = {}): Promise<BrowserStack> {
  const log = { info: quiet, warn: quiet, error: console.error }
  const server = await startLocal({ app: localApp, log, dataDir: null, port: 0, carriers })
  const browser = await startChromium()
  return {
    server,
    browser,
    async say(method, path, body) {
      const answer = await fetch(`${server.url}/api${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? null : JSON.parse(text)
    },
    async stop() {
      await browser.close()
      await server.stop()
    },
  }
}

/** What a page says that nobody wants to hear: errors, and what the policy refused. */
export function complaintsOf(page: Page): string[] {
  const heard: string[] = []
  page.on('pageerror', (error) => heard.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text())
  })
  return heard
}

/** Waits for what a page asks for once it is there. */
export const settled = (page: Page): Promise<void> =>
  page.locator('.htmx-request').first().waitFor({ state: 'detached' })

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds serious or worse. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = (await page.evaluate(`${AXE}; axe.run(document)`)) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[]
  }
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}

export type Look = 'light' | 'dark' | 'phone'

/** A browser that likes it light or dark, or is held in one hand. */
export const contextFor = (browser: Browser, look: Look): Promise<BrowserContext> =>
  browser.newContext({
    colorScheme: look === 'dark' ? 'dark' : 'light',
    viewport: look === 'phone' ? { width: 390, height: 844 } : { width: 1280, height: 860 },
  })

/** Times a picture is asked for: a browser without a graphics card, on a busy machine, has now and then none to give. */
const PICTURE_TRIES = 4

/** Writes a picture of a whole page. */
export async function takePicture(page: Page, path: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await page.screenshot({ path, fullPage: true })
      return
    } catch (error) {
      if (tries === PICTURE_TRIES || !String(error).includes('Unable to capture screenshot'))
        throw error
    }
  }
}
