/** Calls of src/api against whatever serves this page: the tests answer them. */
import { useState } from 'react'
import { ApiError } from '../src/api/api-error.ts'
import { browserKey, browserPublicKey } from '../src/api/browser-key.ts'
import { callApi, setApiHandlers } from '../src/api/request.ts'
import { Button } from '../src/ui/button.tsx'
import { PageHeader } from '../src/ui/page.tsx'

export function ApiPart() {
  const [said, setSaid] = useState('')
  const show = (work: () => Promise<unknown>) => () => {
    work().then(
      (value) => setSaid(JSON.stringify(value)),
      (error: unknown) =>
        setSaid(
          error instanceof ApiError
            ? JSON.stringify({ ...error, message: error.message })
            : String(error),
        ),
    )
  }
  setApiHandlers({
    stepUp: async (error) => confirm(error.message),
    signedOut: () => {
      document.title = 'signed out'
    },
  })
  const call = (path: string) =>
    show(() =>
      callApi({ method: 'POST', path, query: { n: 5, none: undefined }, body: { name: 'ä' } }),
    )
  return (
    <main className="grid gap-4 p-8">
      <PageHeader title="Calls" />
      <div className="flex flex-wrap gap-2">
        <Button onClick={show(browserPublicKey)}>Public key</Button>
        <Button
          onClick={show(async () =>
            crypto.subtle.exportKey('pkcs8', (await browserKey()).privateKey),
          )}
        >
          Private key
        </Button>
        <Button onClick={call('/echo')}>Echo</Button>
        <Button onClick={call('/sensitive')}>Sensitive</Button>
        <Button onClick={call('/signed-out')}>Signed out</Button>
        <Button onClick={call('/wrong')}>Wrong</Button>
      </div>
      <output>{said}</output>
    </main>
  )
}
