/**
 * Asks for a factor again when the console refuses something without a fresh one. Requests that are refused together
 * wait for the one dialog (api/request.ts sees to it), and go again when it has been answered.
 */
import { useEffect, useRef, useState } from 'react'
import { faultOf, useChange } from '../api/queries.ts'
import { setApiHandlers } from '../api/request.ts'
import type { StepUpAnswer, StepUpBody } from '../api/types.ts'
import { Dialog } from '../ui/dialog.tsx'
import { FactorForm } from './factor-form.tsx'
import { sessionPath, useSession } from './session.ts'
import { SignInAgain, useHasOnlyProvider } from './sign-in-again.tsx'

const words = 'What you asked for takes a factor shown within the last ten minutes.'

export function StepUp() {
  const { factors } = useSession()
  const hasOnlyProvider = useHasOnlyProvider()
  const [isOpen, setOpen] = useState(false)
  const answer = useRef<(isShown: boolean) => void>(undefined)
  const change = useChange<StepUpBody['factor'], StepUpAnswer>(
    (factor) => ({ method: 'POST', path: '/step-up', body: { factor } }),
    [sessionPath],
  )
  const { reset } = change
  useEffect(() => {
    setApiHandlers({
      stepUp: () =>
        new Promise((resolve) => {
          reset()
          answer.current = resolve
          setOpen(true)
        }),
    })
    return () => setApiHandlers({ stepUp: async () => false })
  }, [reset])
  const close = (isShown: boolean) => {
    setOpen(false)
    answer.current?.(isShown)
    answer.current = undefined
  }
  return (
    <Dialog isOpen={isOpen} onClose={() => close(false)} title="Is it you?" hint={words}>
      {hasOnlyProvider ? (
        <SignInAgain />
      ) : (
        <FactorForm
          types={factors.types.length > 0 ? factors.types : ['password']}
          passkeys={factors.passkeys}
          action="Go on"
          isBusy={change.isPending}
          error={faultOf(change.error) ?? faultOf(change.error, 'code')}
          onFactor={(factor) => change.mutate(factor, { onSuccess: () => close(true) })}
        />
      )}
    </Dialog>
  )
}
