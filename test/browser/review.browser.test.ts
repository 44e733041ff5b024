// The page behind a review link, in a real browser: fit to be seen, and its button does what it says.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { arrangeReview, type Bell, type Rung, startBell } from '../local/bell.ts'
import {
  type BrowserStack,
  complaintsOf,
  contextFor,
  type Look,
  PICTURES,
  seriousFindings,
  startStack,
  takePicture,
  WIDER,
} from './stack.ts'

let bell: Bell
let stack: BrowserStack
let slug: string

beforeAll(async () => {
  bell = await startBell()
  stack = await startStack({ allowLoopback: true })
  slug = (await arrangeReview(stack.say, bell.url)).slug
})
afterAll(async () => {
  await stack?.stop()
  await bell?.stop()
})

async function ask(): Promise<Rung> {
  await fetch(`${stack.server.url}/hooks/${slug}`, { method: 'POST', body: '{"account": "ada"}' })
  await stack.server.drain()
  const notice = bell.heard.at(-1)
  if (!notice) throw new Error('nobody was asked')
  return notice
}

it.each<Look>(['light', 'dark', 'phone'])('is fit to be seen: %s', async (look) => {
  const { approve, postpone, cancel } = await ask()
  const context = await contextFor(stack.browser, look)
  for (const [verb, url] of Object.entries({ approve, postpone, cancel })) {
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await page.goto(url)
    await takePicture(page, join(PICTURES, `review-${verb}-${look}.png`))

    expect(await seriousFindings(page), verb).toEqual([])
    expect(await page.evaluate(WIDER), verb).toBe(false)
    expect(complaints, verb).toEqual([])
    await page.close()
  }
  await context.close()
})

it('cancels by its button, once', async () => {
  const { cancel } = await ask()
  const context = await contextFor(stack.browser, 'phone')
  const page = await context.newPage()
  await page.goto(cancel)
  await page.getByRole('button', { name: 'Cancel this run' }).click()
  await page.getByText('it will not run').waitFor()

  const again = await page.goto(cancel)

  expect(again?.status()).toBe(404)
  expect(await page.getByRole('heading').textContent()).toBe('This link leads nowhere')
  await context.close()
})
