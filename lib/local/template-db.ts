// Generated: the emulator's empty database with our indexes. How and why: docs/decisions/0002-emulator-template.md.
import { gunzipSync } from 'node:zlib'

/** Bytes of a new database file for @dynoxide 1.2.1 (schema 9), with an indexed and trimmed stream table. */
export const templateDatabase = (): Buffer => gunzipSync(Buffer.from(GZIPPED, 'base64'))

const GZIPPED =
  'H4sIAAAAAAACA+3a0W/aRhwHcBNSDJ46ukoVmqJpt4epQUmrVG2nVVulueGSoREnMU7bPLkGX8htxg62YU3fUB/6uMf9' +
  'TftP9jBtr3vc2ZgANoTkrYu+H4Ew9u/ufr47HzGkedjgISMnnt+1QvJYuiOtrEg/ECJJ0qp4KtJEMdk3lpOWW5UetnO3' +
  'y/9KSuF3qfy8/McnT8ufltTiP8VA/lN+J3YCAABMDN8o8tqXG8X3udDnnQ7z35qBb4rtrhmEPrO6ps/anm8H2zpVDUoM' +
  'vb67S3VyEUbUHUO8r2tNqhtkXyOpcuQF3a1rCqnRBhXld/T9vUzIqx+pTklotRxmulaXkedEo68eTu1QtRppizIhs03x' +
  '8fl9fHxqxwPy7TdPtrbiOG4nx7n9nUK1mlOSK19v5Ib3uGuzt3Hi45KzeSjJOda1Gn1NpgPnnNf6JLvNqdSqw2JRrnwl' +
  'mjucNBecWn66sVK2sThsWVOjuri9SbbVprEesF6fuW1xtN9tMZ+oTVGjQcUQVavvZLnyhcjk2VQmrJeqvDgnD9ZblsXS' +
  'tg8KhcrGRu44LhT0HPG3jzmOT72Vx1NLfdGgJHVwPW5PvKu+792Soyo/fD5KZDa71NvCTJ3p+baukBQxZ5LUyYFe31P1' +
  'Y/ITPSbqkbFf10Rde1QzNjOlpiaoQV8bRNsXz6NGIxvJBswNrxT5CzsPzJ8Dz10W6LJfTd61OqMas8c9x770eHr0ljQ3' +
  'nnfL4qYuynGPLg7uB8wXdYq+4eF5XPNMSPXDy7xcWVvL/ZYfdfVoNiUvq7NjPNo5Z2zTozQ1wHO73wzap6xrLTtRKxTL' +
  'X6sv5qrNTrjLQ+65wbJCnYBnwrNRzpWikknN3Oj8JvO3RnfUo4ZBthaWGHAxdcLzM3Z5xY7VYs6CkDB0zIsOuCTmGsld' +
  'a+KMlwAr7Kf6/KKJ++q2UX9J72cLt7jjcLdjdj07mRIXZQ7UY/OA6qZOD49o05hT+Mz3BjwQwyJSDU99r985PeuHi7rA' +
  '6iwcvUDkf8ba/IS3rWiYF1YRnWnbsYJFNdnMYVEFpkgtZO148xr9LqJtMd3dK51OlEuyBmQPD0Tjnrieo0+bzPydvbAf' +
  'rBYq6lpOimOTJd/qh96o7Pg6f5Rs3BqWcvE6MORJd3juCe8kLyuz68Bo55x1QFzaV1gABpbTTy3SqdRXLk09Se1RspFP' +
  '7uel29GNfPkvSTwAAAAAAAAA4Aa4m8tXy6NvEc0B86Nvi54p8f3/35J4AAAAAAAAAMCN8Fm+Wpr9AiD6/V+6g54BAAAA' +
  'AAAAuMkU3P8DAAAAAAAA3Hj4/R8AAAAAAAAA9/8AAAAAAAAA8P+H//8HAAAAAAAAwP0/AAAAAAAAAOD+HwAAAAAAAAA+' +
  'fv8Bt7gYzwCgAAA='
