// Before any test of the browser: the one that a package brings along is unpacked, once, for suites that start at the same moment would
// run what another is still writing.
import { executable } from './chromium.ts'

export const setup = async (): Promise<void> => {
  await executable()
}
