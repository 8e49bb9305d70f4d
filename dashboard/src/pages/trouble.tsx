/** What a page shows when its loader was refused or failed. */
import { useRouter } from '@tanstack/react-router'
import { ApiError } from '../api/api-error.ts'
import { Failed, Refused } from '../ui/states.tsx'

const rightMissing = 'not_permitted'

export function Trouble({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter()
  if (error instanceof ApiError && error.code === rightMissing) {
    return <Refused right={error.field ?? 'for this page'}>{error.message}</Refused>
  }
  const again = () => {
    reset()
    void router.invalidate()
  }
  return (
    <Failed
      title="This page could not be loaded"
      message={
        error instanceof ApiError
          ? error.message
          : 'The dashboard failed. Reload the page; if it stays, tell your operator.'
      }
      requestId={error instanceof ApiError ? error.requestId : undefined}
      onRetry={again}
    />
  )
}
